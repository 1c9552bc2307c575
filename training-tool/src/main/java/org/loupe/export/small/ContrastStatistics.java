package org.loupe.export.small;

import java.util.List;

/**
 * Contrast-normalised tiles (MSCN), m = (x - mu) / (sg + 1) with mu and sg the local mean and deviation under a Gaussian: moments of m, of
 * products of neighbouring m, and of sg. Only places whose Gaussian lies inside the tile count.
 *
 * @see <a href="https://doi.org/10.1109/TIP.2012.2214050">BRISQUE, where these moments come from</a>
 */
final class ContrastStatistics {
    /** What {@link #means} gives, in this order. */
    static final List<String> MEANS =
            List.of("m", "|m|", "m^2", "right", "|right|", "right^2", "down", "|down|", "down^2", "sg", "sg^2");

    private static final int TAPS = 7;
    private static final double DEVIATION = 7.0 / 6.0;

    private ContrastStatistics() {}

    /**
     * @param x {@code [F, TILES, h, w]}, values less 128: 32-bit floats keep more of a deviation when the squares are small
     * @return {@code [F, MEANS, groups]}
     */
    static String means(Ops ops, String x) {
        String mu = blurred(ops, x, 1);
        // Less than 0 by nothing but rounding, if at all: its magnitude is as good as cutting it off, and a sum the
        // runtime takes along in the convolution.
        String variance = ops.abs(ops.add(blurred(ops, ops.square(x), -1), ops.square(mu)));
        String sg = ops.sqrt(variance);
        int edge = TAPS / 2;
        String inner = ops.window(x, edge, edge, edge, edge);
        String m = ops.div(ops.sub(inner, mu), ops.add(sg, 1f));
        String right = ops.mul(ops.window(m, 0, 0, 0, 1), ops.window(m, 0, 1, 0, 0));
        String down = ops.mul(ops.window(m, 0, 0, 1, 0), ops.window(m, 1, 0, 0, 0));
        String means = ops.concat(
                1,
                ops.planeMean(m),
                ops.planeMean(ops.abs(m)),
                ops.planeMean(ops.square(m)),
                ops.planeMean(right),
                ops.planeMean(ops.abs(right)),
                ops.planeMean(ops.square(right)),
                ops.planeMean(down),
                ops.planeMean(ops.abs(down)),
                ops.planeMean(ops.square(down)),
                ops.planeMean(sg),
                ops.planeMean(variance));
        return TileMeans.ofGroups(ops, means, MEANS.size());
    }

    /** @param sign of the result */
    private static String blurred(Ops ops, String planes, int sign) {
        double[] taps = new double[TAPS];
        double sum = 0;
        for (int i = 0; i < TAPS; i++) {
            double x = (i - TAPS / 2) / DEVIATION;
            taps[i] = Math.exp(-x * x / 2);
            sum += taps[i];
        }
        float[] kernel = new float[TAPS];
        float[] signed = new float[TAPS];
        for (int i = 0; i < TAPS; i++) {
            kernel[i] = (float) (taps[i] / sum);
            signed[i] = sign * kernel[i];
        }
        return ops.eachTile(ops.eachTile(planes, Tiles.TILES, 1, TAPS, kernel), Tiles.TILES, TAPS, 1, signed);
    }
}
