package org.loupe.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.loupe.evaluation.Evaluation;
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
            double mean = java.util.Arrays.stream(apart).average().orElse(0);
            double p95 =
                    apart.length == 0 ? 0 : apart[(int) Math.min(apart.length - 1L, Math.round(0.95 * apart.length))];
            return new SizeDeviation(what, apart.length, mean, p95, bias);
        }
    }

    /** Figures in the order they were made: cross-validation, validation, test. */
    final List<Evaluation> evaluations = new ArrayList<>();

    final Map<Distortion, Order> orders = new java.util.EnumMap<>(Distortion.class);
    final List<SizeDeviation> sizes = new ArrayList<>();
    int heldOutPictures;
    double parity;

    /** @return the mean over all types; NaN where nothing was held out */
    Order overall() {
        return new Order(
                orders.values().stream().mapToDouble(Order::share).average().orElse(Double.NaN),
                orders.values().stream().mapToDouble(Order::strongest).average().orElse(Double.NaN));
    }
}
