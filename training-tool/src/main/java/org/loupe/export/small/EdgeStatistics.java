package org.loupe.export.small;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.loupe.export.small.Tiles.Group;

/**
 * Gradient, Laplacian and noise mask of {@link Tiles}: means, variation, ratios and quantiles over blocks. Magnitudes are sums of two
 * rectified convolutions and means are pooled, so that nothing here leaves the runtime's blocked layout before it is small.
 */
final class EdgeStatistics {
    /** Side of a block in pixels of a quarter's tiles; blocks of the full resolution have twice that side. */
    private static final int BLOCK = 8;

    private static final float[] QUANTILES = {0.02f, 0.1f, 0.5f, 0.9f, 0.98f};
    private static final String FAMILY = "edges";
    private static final Set<Group> ALL = EnumSet.allOf(Group.class);
    private static final List<String> PLANES = List.of("gradient", "laplacian", "noise", "sharpness", "grain");

    private final Ops ops;
    private final TileMeans means;
    private final Measured gradient;
    private final Measured laplacian;
    private final Measured noise;

    /** Means over blocks {@code [F, TILES, h / 8, w / 8]}; mean and mean square taken. */
    private record Measured(String blocks, int mean, int square) {}

    /** @param centred {@code [F, TILES, h, w]}, values less any constant */
    EdgeStatistics(Ops ops, String centred) {
        this.ops = ops;
        this.means = new TileMeans(ops, Tiles.TILES);
        String across = magnitude(centred, 2, -1, 1, 0, 0);
        String downwards = magnitude(centred, 2, -1, 0, 1, 0);
        gradient = measured(ops.add(across, downwards), 0);
        laplacian = measured(magnitude(centred, 3, 0, 1, 0, 1, -4, 1, 0, 1, 0), 1);
        noise = measured(magnitude(centred, 3, 1, -2, 1, -2, 4, -2, 1, -2, 1), 1);
        means.join();
    }

    private String magnitude(String planes, int side, float... kernel) {
        float[] opposite = new float[kernel.length];
        for (int i = 0; i < kernel.length; i++) {
            opposite[i] = -kernel[i];
        }
        return ops.add(
                ops.relu(ops.eachTile(planes, Tiles.TILES, side, side, kernel)),
                ops.relu(ops.eachTile(planes, Tiles.TILES, side, side, opposite)));
    }

    /** @param before rows and columns that the planes lack before their first; after their last they lack one */
    private Measured measured(String planes, long before) {
        return new Measured(
                ops.averagePool(planes, BLOCK, before, 1),
                means.takeBlocked(planes),
                means.takeBlocked(ops.square(planes)));
    }

    void describe(TileFeatures features) {
        String logG = ops.log(means.of(gradient.mean()));
        String logL = ops.log(means.of(laplacian.mean()));
        String logN = ops.log(means.of(noise.mean()));
        features.add(logG, FAMILY, "gradient_log_mean", ALL);
        features.add(variation(gradient), FAMILY, "gradient_cv", ALL);
        features.add(logL, FAMILY, "laplacian_log_mean", ALL);
        features.add(variation(laplacian), FAMILY, "laplacian_cv", ALL);
        features.add(ops.sub(logL, logG), FAMILY, "laplacian_over_gradient", ALL);
        features.add(logN, FAMILY, "noise_log_mean", ALL);
        features.add(variation(noise), FAMILY, "noise_cv", ALL);
        features.add(ops.sub(logN, logL), FAMILY, "noise_over_laplacian", ALL);
    }

    private String variation(Measured measured) {
        String mean = means.of(measured.mean());
        String variance = ops.relu(ops.sub(means.of(measured.square()), ops.square(mean)));
        return ops.div(ops.sqrt(variance), ops.add(mean, 0.1f));
    }

    /**
     * Quantiles over blocks of luminance at full and at a quarter of the resolution: the sharpest tenth of a photo says more than its
     * average. What lies between told nothing new.
     */
    void blocks(Features features) {
        List<String> full = new ArrayList<>();
        List<String> quarter = new ArrayList<>();
        for (Measured measured : List.of(gradient, laplacian, noise)) {
            String wide = ops.averagePool(group(measured.blocks(), Group.FULL), 2, 0, 0);
            full.add(ops.reshape(wide, 0, 1, -1));
            quarter.add(ops.reshape(group(measured.blocks(), Group.QUARTER), 0, 1, -1));
        }
        quantiles(features, described(ops.concat(1, full)), Group.FULL.family("block"));
        quantiles(features, described(ops.concat(1, quarter)), Group.QUARTER.family("block"));
    }

    private String group(String values, Group group) {
        return ops.channel(values, group.first(), group.first() + group.tiles());
    }

    /** Gradient, Laplacian and noise as logarithms, then sharpness and grain, their ratios. */
    private String described(String stack) {
        String soft = ops.log(stack, 0.3f);
        String ratios = ops.sub(ops.channel(soft, 1, 3), ops.channel(soft, 0, 2));
        return ops.concat(1, ops.log(stack, 0.05f), ratios);
    }

    private void quantiles(Features features, String values, String prefix) {
        String count = ops.slice(ops.shape(values), 0, 2, 3);
        String sorted = ops.sorted(values, count);
        String last = ops.toFloat(ops.sub(count, ops.longs(1)));
        String places = ops.toLong(ops.mul(last, ops.vector(QUANTILES)));
        List<String> columns = new ArrayList<>();
        for (String name : PLANES) {
            for (float q : QUANTILES) {
                columns.add(name + "_q" + Math.round(q * 100));
            }
        }
        features.addEach(ops.reshape(ops.gather(sorted, places, 2), 0, columns.size()), prefix, columns);
    }
}
