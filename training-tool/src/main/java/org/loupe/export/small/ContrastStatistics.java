package org.loupe.export.small;

import java.util.EnumSet;
import java.util.Set;
import org.loupe.export.small.Tiles.Group;

/**
 * Contrast-normalised tiles (MSCN), m = (x - mu) / (sg + 1) with mu and sg the local mean and deviation under a Gaussian: moments of m, of
 * products of neighbouring m, and of sg. Only places whose Gaussian lies inside the tile count. Half the resolution is left out: it told
 * nothing that the others do not.
 *
 * @see <a href="https://doi.org/10.1109/TIP.2012.2214050">BRISQUE, where these moments come from</a>
 */
final class ContrastStatistics {
    /** The half resolution's tiles come last. */
    private static final int SEEN = Group.HALF.first();

    private static final Set<Group> GROUPS = EnumSet.complementOf(EnumSet.of(Group.HALF));
    private static final int TAPS = 7;
    private static final double DEVIATION = 7.0 / 6.0;
    private static final String FAMILY = "mscn";

    private final Ops ops;
    private final TileMeans means;
    private final int mean;
    private final int second;
    private final int absolute;
    private final Product right;
    private final Product down;
    private final int deviation;
    private final int deviationSquare;

    /** Means taken of the products with one neighbour. */
    private record Product(int mean, int absolute, int square) {}

    /** @param centred {@code [F, TILES, h, w]}, values less 128: 32-bit floats keep more of a deviation when the squares are small */
    ContrastStatistics(Ops ops, String centred) {
        this.ops = ops;
        this.means = new TileMeans(ops, SEEN);
        String x = ops.channel(centred, 0, SEEN);
        String mu = blurred(x);
        String variance = ops.sub(blurred(ops.square(x)), ops.square(mu));
        String sg = ops.sqrt(ops.relu(variance));
        int edge = TAPS / 2;
        String m = ops.div(ops.sub(ops.window(x, edge, edge, edge, edge), mu), ops.add(sg, 1f));
        mean = means.take(m);
        second = means.take(ops.square(m));
        absolute = means.take(ops.abs(m));
        right = product(ops.mul(ops.window(m, 0, 0, 0, 1), ops.window(m, 0, 1, 0, 0)));
        down = product(ops.mul(ops.window(m, 0, 0, 1, 0), ops.window(m, 1, 0, 0, 0)));
        deviation = means.take(sg);
        deviationSquare = means.take(ops.square(sg));
        means.join();
    }

    private String blurred(String planes) {
        double[] taps = new double[TAPS];
        double sum = 0;
        for (int i = 0; i < TAPS; i++) {
            double x = (i - TAPS / 2) / DEVIATION;
            taps[i] = Math.exp(-x * x / 2);
            sum += taps[i];
        }
        float[] kernel = new float[TAPS];
        for (int i = 0; i < TAPS; i++) {
            kernel[i] = (float) (taps[i] / sum);
        }
        return ops.eachTile(ops.eachTile(planes, SEEN, 1, TAPS, kernel), SEEN, TAPS, 1, kernel);
    }

    private Product product(String product) {
        return new Product(means.take(product), means.take(ops.abs(product)), means.take(ops.square(product)));
    }

    void describe(TileFeatures features) {
        String variance = means.of(second);
        String safe = ops.add(variance, 1e-6f);
        features.add(means.of(mean), FAMILY, "mean", GROUPS);
        features.add(ops.log(variance), FAMILY, "log_var", GROUPS);
        features.add(ops.div(means.of(absolute), ops.sqrt(safe)), FAMILY, "abs_over_sd", GROUPS);
        describe(features, right, "right", safe);
        describe(features, down, "down", safe);
        String sg = means.of(deviation);
        String spread = ops.sqrt(ops.relu(ops.sub(means.of(deviationSquare), ops.square(sg))));
        features.add(ops.log(sg), FAMILY, "sg_log_mean", GROUPS);
        features.add(ops.div(spread, ops.add(sg, 0.1f)), FAMILY, "sg_cv", GROUPS);
    }

    private void describe(TileFeatures features, Product product, String name, String variance) {
        String shape = ops.div(ops.square(means.of(product.absolute())), ops.add(means.of(product.square()), 1e-6f));
        features.add(ops.div(means.of(product.mean()), variance), FAMILY, "product_mean_" + name, GROUPS);
        features.add(shape, FAMILY, "product_shape_" + name, EnumSet.of(Group.FULL, Group.QUARTER));
    }
}
