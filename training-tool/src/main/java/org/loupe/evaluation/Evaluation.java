package org.loupe.evaluation;

import java.util.List;
import org.loupe.score.Task;

/**
 * What is reported of one task on one data set.
 *
 * @param dataset name for the reader
 * @param whole all items together
 * @param ci95 bootstrap intervals of {@code whole}
 * @param groups per collection, in order of name; empty when no grouping was asked for
 */
public record Evaluation(String dataset, Task task, Agreement whole, Intervals ci95, List<Group> groups) {
    public Evaluation {
        groups = List.copyOf(groups);
    }

    /** @param name the collection, for instance {@code ss01} */
    public record Group(String name, Agreement figures, Intervals ci95) {}
}
