package org.loupe.training.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.score.Task;
import org.loupe.training.data.FixedFolds;
import org.loupe.training.head.HeadRecipe;
import org.loupe.training.head.Standardiser;
import org.loupe.training.loop.LoopConfig;
import org.loupe.training.loop.Trainable;
import org.loupe.training.loop.TrainingLoop;

/** Fits arms of an experiment. What an arm learns from is drawn by the seed alone, so arms of one seed share pictures, order and folds. */
final class Fitting {
    private final ExperimentRecipe recipe;
    private final List<String> inputNames;
    private final FixedFolds fixed;

    /** @param inputNames names of the columns of all features */
    Fitting(ExperimentRecipe recipe, List<String> inputNames) {
        this.recipe = recipe;
        this.inputNames = List.copyOf(inputNames);
        this.fixed = FixedFolds.read(recipe.folds().fixed());
    }

    /** @return for each item of the set, what it must not be parted from; its own name where it stands alone */
    List<String> groups(RatedSet set) {
        return set.items().stream()
                .map(fixed.groupOf(set.items(), recipe.folds().count()))
                .toList();
    }

    /** One picture a row, with the task it is rated for. */
    private record Learned(RatedSet set, int item) {}

    /**
     * Predicts every picture of a set by heads that never saw it, its look-alikes nor its theme.
     *
     * @param others sets of other tasks, from which an arm may learn as well
     * @return one score a picture
     */
    double[] crossValidate(
            ExperimentRecipe.Arm arm, RatedSet set, List<RatedSet> others, long seed, Runnable afterFit) {
        // the first seed deals as the recipe says
        int[] foldOf = fixed.orDealt(
                set.items(), recipe.folds().count(), recipe.folds().seed() + seed - 1);
        double[] predicted = new double[set.size()];
        for (int fold = 0; fold < recipe.folds().count(); fold++) {
            int held = fold;
            int[] training = IntStream.range(0, foldOf.length)
                    .filter(i -> foldOf[i] != held)
                    .toArray();
            int[] test = IntStream.range(0, foldOf.length)
                    .filter(i -> foldOf[i] == held)
                    .toArray();
            double[] scores = learn(arm, set, training, others, set, test, seed + 1000L * (fold + 1));
            for (int i = 0; i < test.length; i++) {
                predicted[test[i]] = scores[i];
            }
            afterFit.run();
        }
        return predicted;
    }

    /** @return scores of all pictures of {@code test} by heads that learned from what is new to it in {@code training} */
    double[] transfer(ExperimentRecipe.Arm arm, RatedSet training, RatedSet test, long seed) {
        int[] all = IntStream.range(0, test.size()).toArray();
        return learn(arm, training, strangers(training, test), List.of(), test, all, seed);
    }

    /** @return which pictures of {@code training} look like none of {@code test} */
    int[] strangers(RatedSet training, RatedSet test) {
        Set<String> seen = test.items().stream()
                .flatMap(item -> fixed.group(item).stream())
                .collect(Collectors.toSet());
        return IntStream.range(0, training.size())
                .filter(i -> fixed.group(training.items().get(i))
                        .filter(seen::contains)
                        .isEmpty())
                .toArray();
    }

    /** @return how many pictures of the set and of others an arm learns from when so many of the set may be learned from */
    int[] learnedFrom(ExperimentRecipe.Arm arm, int available, List<RatedSet> others) {
        int rest = others.stream().mapToInt(RatedSet::size).sum();
        return new int[] {
            (int) Math.round(arm.own() * available), Math.min(rest, (int) Math.round(arm.others() * available))
        };
    }

    private double[] learn(
            ExperimentRecipe.Arm arm,
            RatedSet set,
            int[] available,
            List<RatedSet> others,
            RatedSet measured,
            int[] test,
            long seed) {
        int[] counts = learnedFrom(arm, available.length, others);
        List<Learned> learned = new ArrayList<>();
        int[] own = Trainable.shuffled(available.length, seed);
        for (int i = 0; i < counts[0]; i++) {
            learned.add(new Learned(set, available[own[i]]));
        }
        List<Learned> rest = new ArrayList<>();
        others.forEach(other -> IntStream.range(0, other.size()).forEach(i -> rest.add(new Learned(other, i))));
        int[] order = Trainable.shuffled(rest.size(), new SplittableRandom(seed).nextLong());
        for (int i = 0; i < counts[1]; i++) {
            learned.add(rest.get(order[i]));
        }
        HeadRecipe heads = recipe.heads(arm, set.task());
        int[] columns = heads.columns(inputNames);
        Scaling scaling = Standardiser.fit(
                learned.stream().map(l -> l.set().features().get(l.item())).toList());
        TaskHeads.Lesson lesson = new TaskHeads.Lesson(
                learned.stream()
                        .map(l -> Standardiser.apply(scaling, l.set().features().get(l.item()), columns))
                        .toArray(float[][]::new),
                learned.stream()
                        .mapToDouble(l -> l.set().items().get(l.item()).mos())
                        .toArray(),
                learned.stream()
                        .mapToDouble(l -> l.set().items().get(l.item()).std().orElse(Double.NaN))
                        .toArray(),
                learned.stream().map(l -> l.set().task()).toArray(Task[]::new));
        float[][] rows = IntStream.of(test)
                .mapToObj(i -> Standardiser.apply(scaling, measured.features().get(i), columns))
                .toArray(float[][]::new);
        // What is measured on must not choose the weights.
        LoopConfig loop = heads.loop().with("seed", seed).with("keep-best", 0).with("patience", 0);
        try (TaskHeads fitted = new TaskHeads(heads, lesson, seed)) {
            new TrainingLoop(loop, arm.name()).run(fitted);
            // across tasks the only output there is is asked
            return fitted.predict(set.task(), rows);
        }
    }
}
