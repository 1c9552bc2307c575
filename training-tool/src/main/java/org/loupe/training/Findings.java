package org.loupe.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.loupe.evaluation.Evaluation;
import org.loupe.evaluation.Interval;
import org.loupe.evaluation.Intervals;
import org.loupe.training.data.Distortion;

/** What a run measured, collected for card and manifest. For one thread. */
final class Findings {
    /**
     * @param share of the pairs clean > 3, clean > 1, 1 > 3, 3 > 5 that are ordered right
     * @param strongest share of chains whose level 5 lies below clean
     */
    record Order(double share, double strongest) {}

    /**
     * @param what the two sizes, for the reader
     * @param n pictures
     * @param mean absolute difference of the scores
     * @param p95 its 95th percentile
     * @param bias mean of smaller minus larger
     */
    record SizeDeviation(String what, int n, double mean, double p95, double bias) {
        static SizeDeviation of(String what, List<double[]> largerAndSmaller) {
            double[] apart = largerAndSmaller.stream()
                    .mapToDouble(p -> Math.abs(p[1] - p[0]))
                    .sorted()
                    .toArray();
            double bias = largerAndSmaller.stream()
                    .mapToDouble(p -> p[1] - p[0])
                    .average()
                    .orElse(0);
            double mean = Arrays.stream(apart).average().orElse(0);
            double p95 =
                    apart.length == 0 ? 0 : apart[(int) Math.min(apart.length - 1L, Math.round(0.95 * apart.length))];
            return new SizeDeviation(what, apart.length, mean, p95, bias);
        }
    }

    /**
     * How much of the scale is used.
     *
     * @param what whose scores
     * @param rated percentiles {@link #SHARES} of the ratings
     * @param scored the same of the scores
     */
    record Span(String what, double[] rated, double[] scored) {
        static final double[] SHARES = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};

        static Span of(String what, double[] ratings, double[] scores) {
            return new Span(what, percentiles(ratings), percentiles(scores));
        }

        private static double[] percentiles(double[] values) {
            double[] sorted = Arrays.stream(values).sorted().toArray();
            return Arrays.stream(SHARES)
                    .map(share -> Intervals.percentile(sorted, share))
                    .toArray();
        }
    }

    /** Figures in the order they were made: cross-validation, validation, test. */
    final List<Evaluation> evaluations = new ArrayList<>();

    final Map<Distortion, Order> orders = new EnumMap<>(Distortion.class);
    final List<SizeDeviation> sizes = new ArrayList<>();
    final List<Span> spans = new ArrayList<>();
    /** For each picture held out the share of its pairs that is ordered right, over all types of damage. */
    double[] orderOfPictures = {};

    double parity;

    /** @return 95 % bootstrap interval over pictures of the share of pairs ordered right */
    Interval orderInterval() {
        Random random = new Random(1);
        double[] means = new double[Intervals.RESAMPLES];
        for (int r = 0; r < means.length; r++) {
            for (int i = 0; i < orderOfPictures.length; i++) {
                means[r] += orderOfPictures[random.nextInt(orderOfPictures.length)] / orderOfPictures.length;
            }
        }
        Arrays.sort(means);
        return new Interval(Intervals.percentile(means, 0.025), Intervals.percentile(means, 0.975));
    }

    /** @return the mean over all types; NaN where nothing was held out */
    Order overall() {
        return new Order(
                orders.values().stream().mapToDouble(Order::share).average().orElse(Double.NaN),
                orders.values().stream().mapToDouble(Order::strongest).average().orElse(Double.NaN));
    }
}
