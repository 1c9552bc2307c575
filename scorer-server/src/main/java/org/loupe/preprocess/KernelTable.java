package org.loupe.preprocess;

/**
 * Fixed-point weights of Pillow's bicubic kernel for one axis: which inputs each output reads and how much each counts. Immutable; one
 * table serves every row, both axes of a square and every further frame of the same size.
 */
final class KernelTable {
    /** Fraction bits of a weight: what is left of 32 bits after 8 bits of pixel and 2 bits of head room. */
    static final int PRECISION_BITS = 32 - 8 - 2;

    /** A half in the fixed-point scale: the accumulator starts here so that the final shift rounds. */
    static final int ROUNDING = 1 << (PRECISION_BITS - 1);

    private static final double SUPPORT = 2.0;

    /** Samples along the axis before and after. */
    final int in;

    final int out;

    /** First input of each output. */
    final int[] first;

    /** Number of inputs of each output. */
    final int[] count;

    /** Weight j of output i lies at {@code i * stride + j}. */
    final int[] weights;

    final int stride;

    /**
     * @param in samples along the axis before, at least 1
     * @param out samples after, at least 1
     */
    KernelTable(int in, int out) {
        this.in = in;
        this.out = out;
        double scale = (double) in / out;
        double filterScale = Math.max(scale, 1.0);
        double reach = SUPPORT * filterScale;
        stride = Math.min(in, (int) Math.ceil(reach) * 2 + 1);
        first = new int[out];
        count = new int[out];
        weights = new int[Math.multiplyExact(out, stride)];
        double[] exact = new double[stride];
        double inverse = 1.0 / filterScale;
        for (int i = 0; i < out; i++) {
            double centre = (i + 0.5) * scale;
            int lo = Math.max((int) (centre - reach + 0.5), 0);
            int hi = Math.min((int) (centre + reach + 0.5), in);
            double sum = 0;
            for (int j = lo; j < hi; j++) {
                double w = cubic((j - centre + 0.5) * inverse);
                exact[j - lo] = w;
                sum += w;
            }
            first[i] = lo;
            count[i] = hi - lo;
            for (int j = 0; j < hi - lo; j++) {
                double w = sum == 0.0 ? exact[j] : exact[j] / sum;
                weights[i * stride + j] = (int) (w * (1 << PRECISION_BITS) + (w < 0 ? -0.5 : 0.5));
            }
        }
    }

    /** The cubic with a = -0.5. The order of the operations is part of the result. */
    private static double cubic(double t) {
        double x = Math.abs(t);
        if (x < 1.0) {
            return (1.5 * x - 2.5) * x * x + 1.0;
        }
        if (x < 2.0) {
            return (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5;
        }
        return 0.0;
    }
}
