package org.loupe.training.data;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Single opinions, counted.
 *
 * @param counts how many people chose each step of the scale, worst first; at least two steps and one vote
 */
record VoteHistogram(List<Integer> counts) {
    VoteHistogram {
        counts = List.copyOf(counts);
        if (counts.size() < 2
                || counts.stream().anyMatch(n -> n < 0)
                || counts.stream().mapToInt(n -> n).sum() == 0) {
            throw new IllegalArgumentException("no votes: " + counts);
        }
    }

    int total() {
        return counts.stream().mapToInt(n -> n).sum();
    }

    /** @return mean step, the worst is 1 */
    double mean() {
        return IntStream.range(0, counts.size())
                        .mapToDouble(i -> (i + 1.0) * counts.get(i))
                        .sum()
                / total();
    }

    /** @return standard deviation of the votes in steps, over all of them */
    double deviation() {
        double mean = mean();
        return Math.sqrt(IntStream.range(0, counts.size())
                        .mapToDouble(i -> (i + 1 - mean) * (i + 1 - mean) * counts.get(i))
                        .sum()
                / total());
    }

    /** Steps as a scale: from 1 to the number of steps. */
    Scale scale() {
        return new Scale(1, counts.size());
    }
}
