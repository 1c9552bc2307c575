package org.loupe.evaluation;

import org.loupe.training.data.LevelIntervals;

/**
 * How often a picture that people put into one level is put into which by the model. Both sides use five equal intervals of 1..5, so models
 * with other levels, or with none, can be read the same way.
 *
 * @param counts {@code [rated][predicted]}, best level first
 */
public record LevelConfusion(int[][] counts) {
    private static final int LEVELS = 5;
    private static final LevelIntervals INTERVALS = LevelIntervals.equidistant(LEVELS, 1, 5);

    /**
     * @param predicted MOS in 1..5, one per item
     * @param rated likewise, same order
     */
    public static LevelConfusion of(double[] predicted, double[] rated) {
        int[][] counts = new int[LEVELS][LEVELS];
        for (int i = 0; i < rated.length; i++) {
            counts[fromBest(rated[i])][fromBest(predicted[i])]++;
        }
        return new LevelConfusion(counts);
    }

    /** @return share of the items whose level is right; NaN without items */
    public double accuracy() {
        return within(0);
    }

    /** @return share of the items whose level is right or the one beside it; NaN without items */
    public double adjacentAccuracy() {
        return within(1);
    }

    /** @return index of the level, best first, that a MOS in 1..5 belongs to */
    static int fromBest(double mos) {
        return LEVELS - 1 - INTERVALS.fromWorst(mos);
    }

    private double within(int distance) {
        int all = 0;
        int good = 0;
        for (int rated = 0; rated < counts.length; rated++) {
            for (int predicted = 0; predicted < counts.length; predicted++) {
                all += counts[rated][predicted];
                good += Math.abs(rated - predicted) <= distance ? counts[rated][predicted] : 0;
            }
        }
        return (double) good / all;
    }
}
