package org.loupe.evaluation;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Percentile bootstrap intervals: items are drawn with replacement, each figure is computed anew, the middle 95 % is kept. A resample in
 * which a correlation is not defined is left out of that figure's interval.
 *
 * @see <a href="https://doi.org/10.1007/978-1-4899-4541-9">Efron and Tibshirani 1993, An Introduction to the Bootstrap</a>
 */
public record Intervals(Interval srcc, Interval plcc, Interval krcc, Interval rmse) {
    /** Enough that the ends move by about a hundredth of the interval's width from seed to seed, and still a second for 2,000 items. */
    public static final int RESAMPLES = 1000;

    /**
     * @param resamples at least 1; {@link #RESAMPLES} unless there is a reason
     * @param seed same seed, same intervals
     */
    public static Intervals bootstrap(double[] predicted, double[] rated, int resamples, long seed) {
        int n = predicted.length;
        SplittableRandom random = new SplittableRandom(seed);
        double[][] figures = new double[4][resamples];
        double[] x = new double[n];
        double[] y = new double[n];
        for (int r = 0; r < resamples; r++) {
            for (int i = 0; i < n; i++) {
                int drawn = random.nextInt(n);
                x[i] = predicted[drawn];
                y[i] = rated[drawn];
            }
            figures[0][r] = Agreement.srcc(x, y);
            figures[1][r] = Agreement.plcc(x, y);
            figures[2][r] = Agreement.krcc(x, y);
            figures[3][r] = Agreement.rmse(x, y);
        }
        return new Intervals(middle(figures[0]), middle(figures[1]), middle(figures[2]), middle(figures[3]));
    }

    private static Interval middle(double[] values) {
        double[] sorted =
                Arrays.stream(values).filter(v -> !Double.isNaN(v)).sorted().toArray();
        return new Interval(percentile(sorted, 0.025), percentile(sorted, 0.975));
    }

    /** Linear between the two nearest order statistics. */
    public static double percentile(double[] sorted, double share) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        double at = share * (sorted.length - 1);
        int low = (int) at;
        int high = Math.min(low + 1, sorted.length - 1);
        return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
    }
}
