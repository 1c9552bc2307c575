package org.loupe.training.data;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/**
 * One picture as people rated it for one task.
 *
 * @param file the picture, exists when it was read from a labels file
 * @param name the file as the labels name it; split files use the same name
 * @param task what was asked
 * @param mos mean opinion score mapped to 1 (bad) .. 5 (excellent)
 * @param std standard deviation of the single opinions on the same scale, where it is known
 * @param votes how many people chose each step of the original scale, worst first; empty where only the mean is known
 */
public record Rated(Path file, String name, Task task, double mos, OptionalDouble std, List<Integer> votes) {
    public Rated {
        votes = List.copyOf(votes);
    }

    /** A rating of which only the mean is known. */
    public Rated(Path file, String name, Task task, double mos) {
        this(file, name, task, mos, OptionalDouble.empty(), List.of());
    }

    /** @return the same failure, which says which medium it is and how all such are found */
    public ScoringException unreadable(ScoringException failure) {
        return new ScoringException(
                failure.reason(),
                name + ": " + failure.getMessage()
                        + "; `loupe dataset check` finds all such media, --fix leaves them out",
                failure);
    }
}
