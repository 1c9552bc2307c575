package org.loupe.training.experiment;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.loupe.training.data.LevelIntervals;

/**
 * How ratings become levels and levels become scores.
 *
 * @param intervals of the ratings
 * @param weights what each level counts when a score is formed, worst level first, rising
 */
record LevelPlan(LevelIntervals intervals, double[] weights) {
    /** @param ratings those that are learned from, 1..5; borders and means are theirs alone */
    static LevelPlan of(Recipe.Arm arm, double[] ratings) {
        int levels = arm.levels();
        LevelIntervals intervals =
                arm.quantile() ? LevelIntervals.quantile(levels, ratings) : LevelIntervals.equidistant(levels, 1, 5);
        double[] weights = IntStream.range(0, levels)
                .mapToDouble(level -> 1 + 4.0 * level / (levels - 1))
                .toArray();
        if (arm.levelMeans()) {
            for (int level = 0; level < levels; level++) {
                int own = level;
                weights[level] = Arrays.stream(ratings)
                        .filter(rating -> intervals.fromWorst(rating) == own)
                        .average()
                        .orElse(weights[level]);
            }
        }
        return new LevelPlan(intervals, weights);
    }

    /** @return 1 for the level of the rating, 0 for all others */
    float[] discrete(double rating) {
        float[] target = new float[weights.length];
        target[intervals.fromWorst(rating)] = 1;
        return target;
    }

    /** @return the rating shared between the two levels around it, so that their mean is the rating, as far as the outer levels allow */
    float[] soft(double rating) {
        float[] target = new float[weights.length];
        int upper = 1;
        while (upper < weights.length - 1 && rating > weights[upper]) {
            upper++;
        }
        double share = (rating - weights[upper - 1]) / (weights[upper] - weights[upper - 1]);
        target[upper] = (float) Math.min(1, Math.max(0, share));
        target[upper - 1] = 1 - target[upper];
        return target;
    }
}
