package org.loupe.dataset.check;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.loupe.score.Task;
import org.loupe.training.data.LevelIntervals;
import org.loupe.training.data.Scale;

/**
 * What one source holds for one task.
 *
 * @param set the source
 * @param task what was asked
 * @param mos mean opinion scores on the 1..5 scale, rising
 * @param lowest smallest number as written
 * @param highest largest number as written
 * @param scale of the first row
 * @param scales how many different scales the rows use
 * @param withVotes rows that carry single votes
 * @param levels items in each fifth of the scale, best first
 * @param splits items in each part
 */
record LabelSummary(
        LabelSet set,
        Task task,
        double[] mos,
        double lowest,
        double highest,
        Scale scale,
        int scales,
        int withVotes,
        int[] levels,
        Map<String, Integer> splits) {
    private static final LevelIntervals LEVELS = LevelIntervals.equidistant(5, 1, 5);

    /** @param items at least one, all of that set and task */
    static LabelSummary of(LabelSet set, Task task, List<Item> items) {
        double[] mos = items.stream()
                .mapToDouble(item -> item.row().rated().mos())
                .sorted()
                .toArray();
        Map<String, Integer> splits = new TreeMap<>();
        items.forEach(item -> splits.merge(item.split(), 1, Integer::sum));
        return new LabelSummary(
                set,
                task,
                mos,
                items.stream().mapToDouble(item -> item.row().label()).min().orElseThrow(),
                items.stream().mapToDouble(item -> item.row().label()).max().orElseThrow(),
                items.get(0).row().scale(),
                (int) items.stream().map(item -> item.row().scale()).distinct().count(),
                (int) items.stream()
                        .filter(item -> !item.row().rated().votes().isEmpty())
                        .count(),
                levels(mos),
                splits);
    }

    /** @return how many of the scores fall into each fifth of 1..5, best first */
    static int[] levels(double[] mos) {
        int[] levels = new int[LEVELS.levels()];
        for (double value : mos) {
            levels[levels.length - 1 - LEVELS.fromWorst(value)]++;
        }
        return levels;
    }

    double mean() {
        return Arrays.stream(mos).average().orElse(Double.NaN);
    }

    /** @return how many of the scores fall into each of that many equal parts of 1..5, worst first */
    int[] bins(int count) {
        int[] bins = new int[count];
        for (double value : mos) {
            bins[Math.min(count - 1, Math.max(0, (int) ((value - 1) / 4 * count)))]++;
        }
        return bins;
    }
}
