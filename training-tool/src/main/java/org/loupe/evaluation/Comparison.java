package org.loupe.evaluation;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * Is the other model really better? Both are measured on the same items; items are drawn with replacement, both figures are computed on the
 * same draw, and the differences are looked at. What is common to both (hard items, easy items) cancels, which two separate intervals
 * cannot show.
 *
 * @param srcc other less this
 * @param plcc likewise
 * @param rmse likewise; here negative is better
 */
public record Comparison(Difference srcc, Difference plcc, Difference rmse) {
    /**
     * @param value on all items
     * @param ci95 paired bootstrap interval; the difference is called real where it does not hold 0
     * @param p two-sided bootstrap p-value of "no difference", at least 2 / (resamples + 1)
     */
    public record Difference(double value, Interval ci95, double p) {}

    /**
     * @param first predictions of the one model
     * @param second predictions of the other, same items
     * @param rated MOS, same items
     * @param seed same seed, same answer
     */
    public static Comparison of(double[] first, double[] second, double[] rated, int resamples, long seed) {
        int n = rated.length;
        SplittableRandom random = new SplittableRandom(seed);
        double[][] differences = new double[3][resamples];
        double[] a = new double[n];
        double[] b = new double[n];
        double[] y = new double[n];
        for (int r = 0; r < resamples; r++) {
            for (int i = 0; i < n; i++) {
                int drawn = random.nextInt(n);
                a[i] = first[drawn];
                b[i] = second[drawn];
                y[i] = rated[drawn];
            }
            differences[0][r] = Agreement.srcc(b, y) - Agreement.srcc(a, y);
            differences[1][r] = Agreement.plcc(b, y) - Agreement.plcc(a, y);
            differences[2][r] = Agreement.rmse(b, y) - Agreement.rmse(a, y);
        }
        Agreement one = Agreement.of(first, rated);
        Agreement other = Agreement.of(second, rated);
        return new Comparison(
                difference(one, other, Agreement::srcc, differences[0]),
                difference(one, other, Agreement::plcc, differences[1]),
                difference(one, other, Agreement::rmse, differences[2]));
    }

    private static Difference difference(
            Agreement one, Agreement other, ToDoubleFunction<Agreement> figure, double[] drawn) {
        double[] sorted =
                Arrays.stream(drawn).filter(d -> !Double.isNaN(d)).sorted().toArray();
        long below = Arrays.stream(sorted).filter(d -> d <= 0).count();
        long above = Arrays.stream(sorted).filter(d -> d >= 0).count();
        // one more on each side: a bootstrap of 1000 draws cannot show less than about a thousandth
        double p = Math.min(1, 2.0 * (Math.min(below, above) + 1) / (sorted.length + 1));
        return new Difference(
                figure.applyAsDouble(other) - figure.applyAsDouble(one),
                new Interval(Intervals.percentile(sorted, 0.025), Intervals.percentile(sorted, 0.975)),
                sorted.length == 0 ? Double.NaN : p);
    }
}
