package org.loupe.training.head;

import java.util.Arrays;

/**
 * The rising line that gives one feature's values the quantiles of the standard normal density: nine of their own quantiles are its knots, straight
 * pieces lie between them and go on beyond, to four deviations at most. Statistics with long tails then tell as much as those without.
 *
 * @param low the value that is mapped to -4
 * @param high the value that is mapped to 4
 * @param start where each piece begins; pieces that are not needed rise by nothing
 * @param slope 1 over the width of each
 * @param rise of each
 * @param base what the line says where the first piece begins
 */
record NormalScores(float low, float high, float[] start, float[] slope, float[] rise, float base) {
    private static final double[] QUANTILES = {0.005, 0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95, 0.995};
    private static final double[] NORMAL = {-2.5758, -1.6449, -1.0364, -0.5244, 0, 0.5244, 1.0364, 1.6449, 2.5758};

    static final int PIECES = QUANTILES.length - 1;

    /** Deviations beyond which nothing is told apart any more. */
    static final double FARTHEST = 4;

    /** Quantiles nearer to each other than this share of their range are one knot: a steeper piece would magnify rounding. */
    private static final double NEAREST = 1e-3;

    /** @param sorted values of one feature, rising */
    static NormalScores of(float[] sorted) {
        int knots = 0;
        double[] at = new double[QUANTILES.length];
        double[] to = new double[QUANTILES.length];
        int[] shared = new int[QUANTILES.length];
        double range = quantile(sorted, QUANTILES.length - 1) - quantile(sorted, 0);
        for (int q = 0; q < QUANTILES.length; q++) {
            double value = quantile(sorted, q);
            if (knots == 0 || value - at[knots - 1] > NEAREST * range) {
                at[knots++] = value;
            }
            shared[knots - 1]++;
            to[knots - 1] += (NORMAL[q] - to[knots - 1]) / shared[knots - 1]; // the mean of those that share it
        }
        float[] start = new float[PIECES];
        float[] slope = new float[PIECES];
        float[] rise = new float[PIECES];
        if (knots == 1) {
            Arrays.fill(start, (float) at[0]);
            return new NormalScores((float) at[0], (float) at[0], start, slope, rise, 0); // nothing to tell apart
        }
        for (int k = 0; k + 1 < knots; k++) {
            int piece = k + 2 == knots ? PIECES - 1 : k; // the last one goes on to the right
            start[piece] = (float) at[k];
            slope[piece] = (float) (1 / (at[k + 1] - at[k]));
            rise[piece] = (float) (to[k + 1] - to[k]);
        }
        double left = (at[1] - at[0]) / (to[1] - to[0]);
        double right = (at[knots - 1] - at[knots - 2]) / (to[knots - 1] - to[knots - 2]);
        return new NormalScores(
                (float) (at[0] - (FARTHEST + to[0]) * left),
                (float) (at[knots - 1] + (FARTHEST - to[knots - 1]) * right),
                start,
                slope,
                rise,
                (float) to[0]);
    }

    private static double quantile(float[] sorted, int q) {
        return sorted[(int) Math.round(QUANTILES[q] * (sorted.length - 1))];
    }
}
