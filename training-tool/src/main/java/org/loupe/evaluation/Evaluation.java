package org.loupe.evaluation;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.loupe.score.Task;

/**
 * What is reported of one task on one data set.
 *
 * @param dataset name for the reader
 * @param whole all items together
 * @param ci95 bootstrap intervals of {@code whole}
 * @param groups per collection, in order of name; empty when no grouping was asked for
 * @param confusion rated against predicted levels
 * @param calibration whether the level probabilities mean what they say; null where only scores are known
 * @param comparison against another model on the same items; null where there is none
 * @param humans how well a single person agrees with the others; null where votes are not known
 */
public record Evaluation(
        String dataset,
        Task task,
        Agreement whole,
        Intervals ci95,
        List<Group> groups,
        LevelConfusion confusion,
        @Nullable Calibration calibration,
        @Nullable Versus comparison,
        @Nullable HumanAgreement humans) {
    public Evaluation {
        groups = List.copyOf(groups);
    }

    /** @param name the collection, for instance {@code ss01} */
    public record Group(String name, Agreement figures, Intervals ci95) {}

    /** @param other the model that was compared, as {@code name/version} */
    public record Versus(String other, Comparison differences) {}

    /** @return the same with what its probabilities are worth */
    public Evaluation withCalibration(Calibration known) {
        return new Evaluation(dataset, task, whole, ci95, groups, confusion, known, comparison, humans);
    }

    /** @return the same with another model beside it */
    public Evaluation withComparison(Versus known) {
        return new Evaluation(dataset, task, whole, ci95, groups, confusion, calibration, known, humans);
    }
}
