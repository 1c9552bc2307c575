package org.loupe.training;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.loupe.export.small.FeatureGraph;
import org.loupe.export.small.SmallModel;
import org.loupe.media.MediaTypes;
import org.loupe.modelpackage.BundledModels;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.scoring.LocalScorer;
import org.loupe.training.data.Rated;
import org.loupe.training.head.HeadRecipe;
import org.loupe.training.plan.TrainingPlan;
import org.loupe.training.score.ScoreRecipe;
import org.loupe.training.student.StudentRecipe;

/** What training the small model takes: kernel machines or heads learn on what is computed once of each picture. */
final class SmallPlan {
    private static final int FP32 = 4;
    private static final int MOMENTS = 2;
    // Weight, gradient and moments; one fold's heads are in memory at a time.
    private static final int COPIES = 2 + MOMENTS;
    /** What solving a kernel machine holds at once, at most. */
    private static final long MATRICES = 8;
    // JVM and libtorch, and one decoded photograph of 24 megapixels for each reader.
    private static final long PROCESS_BYTES = 900L << 20;
    private static final long READER_BYTES = 24_000_000L * 3 * 2;

    private static final int MEASURED = 3;
    /** Of a clean photograph for each kind of damage: clean and three levels, and two chains of three at other sizes. */
    private static final int DAMAGED_VIEWS = 10;

    private SmallPlan() {}

    private static int levels(HeadRecipe head) {
        return head.objective().single() ? 1 : head.levels();
    }

    /** Centres that show damage, besides the rated pictures. */
    private static int damaged(ScoreRecipe score) {
        return score.correction() == null ? 0 : score.correction().centres();
    }

    /** @return names of the statistics and of the network's outputs */
    private static List<String> inputs(Recipe recipe) {
        List<String> names = new ArrayList<>(FeatureGraph.names());
        if (recipe.network() != null) {
            StudentRecipe.Outputs outputs = recipe.network().student().outputs();
            names.addAll(SmallModel.Network.names(outputs.told() + outputs.own()));
        }
        return names;
    }

    /**
     * Scores a few pictures to learn how long one takes here.
     *
     * @param limit memory to plan for; null for what is free on this machine
     */
    static TrainingPlan of(Recipe recipe, DataOptions.Chosen chosen, TrainingPlan.@Nullable Limit limit) {
        List<TrainRequest.DataSet> sets = chosen.sets();
        List<String> inputs = inputs(recipe);
        List<TrainingPlan.Parameters> parameters = new ArrayList<>();
        long heads = 0;
        double flop = 0;
        long matrices = 0;
        int epochs = 0;
        long items = 0;
        for (Task task : Task.values()) {
            long rated = sets.stream()
                    .flatMap(set -> set.train().stream())
                    .filter(item -> item.task() == task)
                    .count();
            if (rated == 0) {
                continue;
            }
            items += rated;
            Optional<ScoreRecipe> score = recipe.score(task);
            if (score.isPresent()) {
                long centres = rated + damaged(score.get());
                long columns = score.get().kernel().parts().stream()
                        .mapToInt(part -> part.columns(inputs).length)
                        .sum();
                parameters.add(new TrainingPlan.Parameters(
                        "a kernel machine for " + task.id(), centres * (columns + 1), centres));
                matrices = Math.max(matrices, MATRICES * Double.BYTES * (centres + columns) * (centres + columns));
            } else {
                HeadRecipe head = recipe.heads(task);
                long one = (head.columns(inputs).length + 1L) * head.hidden() + (head.hidden() + 1L) * levels(head);
                long all = one * head.heads();
                parameters.add(new TrainingPlan.Parameters(head.heads() + " heads for " + task.id(), all, all));
                heads += all;
                flop += 6.0 * all * rated;
                epochs = Math.max(epochs, head.loop().epochs());
            }
        }
        long sizes = recipe.reductions().size() + 1L;
        int readers = Runtime.getRuntime().availableProcessors();
        List<TrainingPlan.Memory> memory = List.of(
                new TrainingPlan.Memory("heads", heads * FP32 * COPIES, "weights, gradients"),
                new TrainingPlan.Memory("kernels", matrices, "matrices of all centres, double precision"),
                new TrainingPlan.Memory("inputs", items * sizes * inputs.size() * FP32, "of every size"),
                new TrainingPlan.Memory("pictures", readers * READER_BYTES, readers + " readers"),
                new TrainingPlan.Memory("process", PROCESS_BYTES, "JVM and libtorch"));
        return new TrainingPlan(
                "the small model: " + inputs.size() + " numbers a picture, a kernel machine or heads for each task",
                parameters,
                memory,
                List.of(
                        "What is computed of pictures is computed once and kept below --out: a second run on the same pictures skips that."),
                new TrainingPlan.Time(
                        items == 0 ? 0 : flop / items, 0, items, Math.max(1, epochs), reading(recipe, chosen)),
                limit == null ? TrainingPlan.Limit.here() : limit,
                List.of());
    }

    /**
     * The same for tuning a model to ratings, which is solved in closed form.
     *
     * @param limit memory to plan for; null for what is free on this machine
     */
    static TrainingPlan ofTuning(DataOptions.Chosen chosen, TrainingPlan.@Nullable Limit limit) {
        List<Rated> rated = chosen.sets().stream()
                .flatMap(set -> Stream.of(set.train(), set.val()).flatMap(List::stream))
                .toList();
        long n = rated.size();
        long features = FeatureGraph.names().size();
        long learned = n + features + 2;
        return new TrainingPlan(
                "tuning a small model: an offset, a factor, a linear part and a kernel around the rated pictures",
                List.of(new TrainingPlan.Parameters("what is added", n * features + learned, learned)),
                List.of(
                        new TrainingPlan.Memory("matrices", MATRICES * Double.BYTES * n * n, "double precision"),
                        new TrainingPlan.Memory("pictures", READER_BYTES, "one at a time"),
                        new TrainingPlan.Memory("process", PROCESS_BYTES, "JVM and ONNX Runtime")),
                List.of(),
                new TrainingPlan.Time(0, 0, n, 1, "there are no epochs; " + read(n, secondsAPicture(rated))),
                limit == null ? TrainingPlan.Limit.here() : limit,
                List.of());
    }

    /** How long the statistics of all views take, which is nearly all of a run. */
    private static String reading(Recipe recipe, DataOptions.Chosen chosen) {
        List<Rated> rated = chosen.sets().stream()
                .flatMap(set -> Stream.of(set.train(), set.val()).flatMap(List::stream))
                .toList();
        long views = rated.size() * (recipe.reductions().size() + 1L)
                + (long) CleanPhotographs.learned(recipe.damage(), chosen.clean(), chosen.sets())
                                .size()
                        * recipe.damage().types().size()
                        * DAMAGED_VIEWS;
        return "fitting heads takes minutes; before it " + read(views, secondsAPicture(rated));
    }

    private static String read(long views, double secondsEach) {
        return String.format(
                Locale.ROOT,
                "%,d views of pictures are read: about %s at the %.0f ms that one took just now",
                views,
                TrainingPlan.duration(secondsEach * views),
                secondsEach * 1000);
    }

    private static double secondsAPicture(List<Rated> rated) {
        List<Rated> some = rated.stream()
                .filter(item -> MediaTypes.isStill(MediaTypes.detect(item.file())))
                .limit(MEASURED + 1L)
                .toList();
        long started = System.nanoTime();
        try (LocalScorer scorer = LocalScorer.open(BundledModels.DEFAULT)) {
            for (int i = 0; i < some.size(); i++) {
                started = i == 1 ? System.nanoTime() : started; // the first one warms up
                Rated item = some.get(i);
                try {
                    scorer.score(item.file(), Set.of(Task.QUALITY));
                } catch (ScoringException e) {
                    throw item.unreadable(e);
                }
            }
        }
        return Duration.ofNanos(System.nanoTime() - started).toMillis() / 1000.0 / Math.max(1, some.size() - 1);
    }
}
