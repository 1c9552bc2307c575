package org.loupe.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.loupe.score.Task;
import org.loupe.training.data.Rated;

/** From predictions to an {@link Evaluation}. */
public final class Evaluator {
    /** One fixed seed, so that the same predictions always get the same intervals. */
    public static final long SEED = 1;

    private static final int LARGE = 5000;

    private final @Nullable Pattern group;

    /** @param group its first capture in a picture's name is the collection; null for no collections */
    public Evaluator(@Nullable Pattern group) {
        this.group = group;
    }

    /**
     * @param items what was predicted, all of one task
     * @param predicted one score an item, 1..5
     */
    public Evaluation evaluate(String dataset, Task task, List<Rated> items, double[] predicted) {
        double[] rated = items.stream().mapToDouble(Rated::mos).toArray();
        Map<String, List<Integer>> members = new TreeMap<>();
        for (int i = 0; i < items.size(); i++) {
            String collection = collection(items.get(i));
            if (!collection.isEmpty()) {
                members.computeIfAbsent(collection, g -> new ArrayList<>()).add(i);
            }
        }
        List<Evaluation.Group> groups = new ArrayList<>();
        members.forEach((name, indices) -> {
            double[] x = indices.stream().mapToDouble(i -> predicted[i]).toArray();
            double[] y = indices.stream().mapToDouble(i -> rated[i]).toArray();
            groups.add(new Evaluation.Group(
                    name, Agreement.of(x, y), Intervals.bootstrap(x, y, Intervals.RESAMPLES, SEED)));
        });
        return new Evaluation(
                dataset,
                task,
                Agreement.of(predicted, rated),
                Intervals.bootstrap(predicted, rated, Intervals.RESAMPLES, SEED),
                groups,
                LevelConfusion.of(predicted, rated),
                null,
                null,
                humans(items, predicted));
    }

    /** @return the picture's collection, empty where it belongs to none */
    public String collection(Rated item) {
        if (group == null) {
            return "";
        }
        Matcher matcher = group.matcher(item.name());
        return matcher.find() && matcher.groupCount() >= 1 && matcher.group(1) != null ? matcher.group(1) : "";
    }

    private static @Nullable HumanAgreement humans(List<Rated> items, double[] predicted) {
        if (!HumanAgreement.known(items)) {
            return null;
        }
        // a large set needs fewer draws for the same sharpness, and a draw sorts all of it
        int draws = items.size() > LARGE ? HumanAgreement.DRAWS / 5 : HumanAgreement.DRAWS;
        return HumanAgreement.of(items, predicted, draws, SEED);
    }
}
