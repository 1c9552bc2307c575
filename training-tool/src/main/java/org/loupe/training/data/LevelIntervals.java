package org.loupe.training.data;

import java.util.Arrays;

/**
 * A scale cut into levels. A value belongs to the first interval whose upper end it does not exceed: the ends count downwards, as in the
 * paper's rule. Values outside the scale belong to the level at that end.
 *
 * @see <a href="https://arxiv.org/abs/2312.17090">Q-Align: from scores to rating levels</a>
 */
public final class LevelIntervals {
    private final double[] borders;

    private LevelIntervals(double[] borders) {
        this.borders = borders;
    }

    /** Equal intervals of {@code min..max}. */
    public static LevelIntervals equidistant(int levels, double min, double max) {
        if (levels < 2 || !(min < max)) {
            throw new IllegalArgumentException(levels + " levels between " + min + " and " + max);
        }
        double[] borders = new double[levels - 1];
        for (int i = 1; i < levels; i++) {
            borders[i - 1] = min + (max - min) / levels * i;
        }
        return new LevelIntervals(borders);
    }

    /**
     * Intervals that hold equally many of the given ratings, as far as ties allow.
     *
     * @param ratings at least one for each level; not changed
     */
    public static LevelIntervals quantile(int levels, double[] ratings) {
        if (levels < 2 || ratings.length < levels) {
            throw new IllegalArgumentException(levels + " levels of " + ratings.length + " ratings");
        }
        double[] sorted = ratings.clone();
        Arrays.sort(sorted);
        double[] borders = new double[levels - 1];
        for (int i = 1; i < levels; i++) {
            borders[i - 1] = sorted[(int) Math.ceil((double) i * sorted.length / levels) - 1];
        }
        return new LevelIntervals(borders);
    }

    /** @return how many levels there are */
    public int levels() {
        return borders.length + 1;
    }

    /** @return 0 for the worst level up to {@code levels() - 1} for the best */
    public int fromWorst(double value) {
        int level = 0;
        while (level < borders.length && value > borders[level]) {
            level++;
        }
        return level;
    }

    /** @return upper ends of all levels but the best, rising */
    public double[] borders() {
        return borders.clone();
    }
}
