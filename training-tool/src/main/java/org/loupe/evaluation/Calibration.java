package org.loupe.evaluation;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Whether probabilities mean what they say: of all the times the model gave a level 30 %, people should have chosen it in 30 %. People's
 * level is the interval of their MOS, see {@link LevelConfusion}.
 *
 * @param error classwise expected calibration error: |share chosen - mean probability| of each bin, weighted by its items, averaged over the
 *     levels; 0 (perfect) to 1
 * @param bins what the error was made of, all levels together, by rising probability; bins without items are left out
 * @see <a href="https://arxiv.org/abs/1904.01685">Nixon et al. 2019, Measuring calibration in deep learning</a>
 */
public record Calibration(double error, List<Bin> bins) {
    /** A tenth each, the usual number. */
    private static final int BINS = 10;

    public Calibration {
        bins = List.copyOf(bins);
    }

    /**
     * @param n how often a probability fell into the bin
     * @param probability their mean
     * @param chosen in how many of them, as a share, people chose that level
     */
    public record Bin(int n, double probability, double chosen) {}

    /**
     * @param probabilities {@code [item][level]}, best level first, five levels
     * @param rated MOS in 1..5, one per item
     */
    public static Calibration of(double[][] probabilities, double[] rated) {
        int levels = probabilities.length == 0 ? 0 : probabilities[0].length;
        int[] n = new int[BINS];
        double[] sum = new double[BINS];
        double[] chosen = new double[BINS];
        double error = 0;
        for (int level = 0; level < levels; level++) {
            int[] count = new int[BINS];
            double[] mean = new double[BINS];
            double[] hits = new double[BINS];
            for (int i = 0; i < rated.length; i++) {
                double p = probabilities[i][level];
                int bin = Math.min(BINS - 1, (int) (p * BINS));
                count[bin]++;
                mean[bin] += p;
                hits[bin] += LevelConfusion.fromBest(rated[i]) == level ? 1 : 0;
            }
            for (int bin = 0; bin < BINS; bin++) {
                error += Math.abs(hits[bin] - mean[bin]) / rated.length / levels;
                n[bin] += count[bin];
                sum[bin] += mean[bin];
                chosen[bin] += hits[bin];
            }
        }
        List<Bin> bins = IntStream.range(0, BINS)
                .filter(bin -> n[bin] > 0)
                .mapToObj(bin -> new Bin(n[bin], sum[bin] / n[bin], chosen[bin] / n[bin]))
                .toList();
        return new Calibration(levels == 0 ? Double.NaN : error, bins);
    }
}
