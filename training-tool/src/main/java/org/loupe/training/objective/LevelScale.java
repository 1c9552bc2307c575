package org.loupe.training.objective;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.loupe.score.ErrorReason;
import org.loupe.score.Level;
import org.loupe.score.ScoringException;
import org.loupe.training.data.LevelIntervals;

/**
 * The levels a model answers with: their names, what each is worth, and which ratings belong to it. Everything stands best first. Immutable.
 */
public final class LevelScale {
    /** Level counts a model may have. */
    public static final List<Integer> COUNTS = List.of(3, 5, 7, 9);

    private static final double WORST = 1;
    private static final double BEST = 5;
    // Below this a Gaussian lies between the levels; and what DeQA-Score accepts as shift of the mean.
    private static final double NARROWEST_STD = 0.2;
    private static final double LARGEST_SHIFT = 0.1;

    private final double[] weights;
    private final LevelIntervals intervals;

    private LevelScale(double[] weights, LevelIntervals intervals) {
        this.weights = weights;
        this.intervals = intervals;
    }

    /**
     * Equal intervals of 1..5; the levels are worth 5..1 in equal steps.
     *
     * @param count of {@link #COUNTS}
     * @see <a href="https://arxiv.org/abs/2312.17090">Q-Align: equidistant intervals, five levels</a>
     */
    public static LevelScale equidistant(int count) {
        check(count);
        double[] weights = new double[count];
        for (int i = 0; i < count; i++) {
            weights[i] = BEST - (BEST - WORST) * i / (count - 1);
        }
        return new LevelScale(weights, LevelIntervals.equidistant(count, WORST, BEST));
    }

    /**
     * Equal intervals of 1..5, each level worth the mean of the ratings in it; a level without ratings is worth what an equal step says.
     *
     * @param ratings learned from, 1..5
     */
    public static LevelScale equidistantMeans(int count, double[] ratings) {
        LevelScale even = equidistant(count);
        double[] means = means(even.intervals, count, ratings);
        for (int i = 0; i < count; i++) {
            means[i] = Double.isNaN(means[i]) ? even.weights[i] : means[i]; // lies within its interval as the means do
        }
        return new LevelScale(means, even.intervals);
    }

    /**
     * Intervals that hold equally many of the ratings learned from. A level is worth the mean of the ratings in it: were it worth what an
     * equal step says, every score would be pushed away from where the ratings lie.
     *
     * @param ratings 1..5, enough that no level is empty
     */
    public static LevelScale quantile(int count, double[] ratings) {
        LevelIntervals intervals = quantiles(count, ratings);
        double[] means = means(intervals, count, ratings);
        for (int i = 0; i < count; i++) {
            if (Double.isNaN(means[i])) {
                throw new ScoringException(
                        ErrorReason.INVALID_REQUEST,
                        "too many equal ratings for quantile mapping to " + count + " levels: level " + (i + 1)
                                + " of them, best first, stays empty; take fewer levels or equidistant mapping");
            }
        }
        return new LevelScale(means, intervals);
    }

    /**
     * Intervals that hold equally many of the ratings learned from, worth 5..1 in equal steps all the same: the order is learned as well, but
     * scores no longer lie where the ratings do.
     *
     * @param ratings 1..5, at least as many different ones as there are levels
     */
    public static LevelScale quantileSteps(int count, double[] ratings) {
        return new LevelScale(equidistant(count).weights, quantiles(count, ratings));
    }

    private static LevelIntervals quantiles(int count, double[] ratings) {
        check(count);
        if (Arrays.stream(ratings).distinct().count() < count) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "quantile mapping to " + count + " levels needs as many different ratings; take fewer levels or"
                            + " equidistant mapping");
        }
        return LevelIntervals.quantile(count, ratings);
    }

    /** @return mean rating of each level, best first; not a number where a level holds none */
    private static double[] means(LevelIntervals intervals, int count, double[] ratings) {
        double[] sorted = ratings.clone();
        Arrays.sort(sorted); // so that the means do not depend on the order of the ratings, not even in the last digit
        double[] sum = new double[count];
        int[] members = new int[count];
        for (double rating : sorted) {
            int level = count - 1 - intervals.fromWorst(rating);
            sum[level] += rating;
            members[level]++;
        }
        for (int i = 0; i < count; i++) {
            sum[i] /= members[i];
        }
        return sum;
    }

    private static void check(int count) {
        if (!COUNTS.contains(count)) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, "there are 3, 5, 7 or 9 levels to choose from, not " + count);
        }
    }

    /** @return how many levels */
    public int count() {
        return weights.length;
    }

    /** @return what each level is worth, falling, within 1..5 */
    public double[] weights() {
        return weights.clone();
    }

    /** @return upper ends of all levels but the best, rising */
    public double[] borders() {
        return intervals.borders();
    }

    /** @return the five words of {@link Level} where there are five, otherwise numbered between excellent and bad */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            names.add(
                    weights.length == Level.values().length
                            ? Level.ofRank(i).id()
                            : "level-" + (weights.length - i) + "-of-" + weights.length);
        }
        return names;
    }

    /** @return position of the level a rating belongs to */
    public int levelOf(double mos) {
        return weights.length - 1 - intervals.fromWorst(mos);
    }

    /** @return 1 for the rating's level, 0 for the others */
    public float[] discrete(double mos) {
        float[] target = new float[weights.length];
        target[levelOf(mos)] = 1;
        return target;
    }

    /** @return the rating shared between the two levels around it, so that their mean is the rating itself as far as the levels reach */
    public float[] twoLevels(double mos) {
        float[] target = new float[weights.length];
        int below = 0;
        while (below < weights.length && weights[below] > mos) {
            below++;
        }
        if (below == 0) {
            target[0] = 1;
        } else if (below == weights.length) {
            target[below - 1] = 1;
        } else {
            double share = (mos - weights[below]) / (weights[below - 1] - weights[below]);
            target[below - 1] = (float) share;
            target[below] = (float) (1 - share);
        }
        return target;
    }

    /**
     * The density of a Gaussian at the levels, made to sum to 1 and to keep the mean; two levels where that cannot be done. With five equal
     * levels these are DeQA-Score's soft labels.
     *
     * @param std of the opinions, on the scale of 1..5
     * @see <a href="https://arxiv.org/abs/2501.11561">DeQA-Score: soft labels from mean and variance</a>
     */
    public float[] gaussian(double mos, double std) {
        int n = weights.length;
        if (std < NARROWEST_STD) {
            return twoLevels(mos);
        }
        double middle = Arrays.stream(weights).average().orElseThrow();
        double[] q = new double[n];
        double sum = 0;
        double mean = 0;
        double step = (weights[0] - weights[n - 1]) / (n - 1);
        for (int i = 0; i < n; i++) {
            double z = (weights[i] - mos) / std;
            q[i] = step * Math.exp(-z * z / 2) / (std * Math.sqrt(2 * Math.PI));
            sum += q[i];
            mean += q[i] * weights[i];
        }
        double a = (mos - middle) / (mean - middle * sum + 1e-9);
        double b = (1 - a * sum) / n;
        float[] target = new float[n];
        double shifted = 0;
        for (int i = 0; i < n; i++) {
            double kept = Math.max(0, a * q[i] + b);
            target[i] = (float) kept;
            shifted += kept * weights[i];
        }
        return Math.abs(shifted - mos) > LARGEST_SHIFT ? twoLevels(mos) : target;
    }
}
