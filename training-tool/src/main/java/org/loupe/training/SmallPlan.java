package org.loupe.training;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.loupe.export.small.FeatureGraph;
import org.loupe.score.Task;
import org.loupe.training.head.HeadRecipe;
import org.loupe.training.plan.TrainingPlan;

/** What training the small model takes: its heads learn on statistics of the pictures that are computed once. */
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

    private SmallPlan() {}

    private static int levels(HeadRecipe head) {
        return head.objective().single() ? 1 : head.levels();
    }

    /** @param limit memory to plan for; null for what is free on this machine */
    static TrainingPlan of(Recipe recipe, List<TrainRequest.DataSet> sets, TrainingPlan.@Nullable Limit limit) {
        long features = FeatureGraph.names().size();
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
            if (rated > 0) {
                HeadRecipe head = task == Task.QUALITY ? recipe.quality() : recipe.aesthetics();
                long one = (features + 1) * head.hidden() + (head.hidden() + 1L) * levels(head);
                long all = one * head.heads();
                int centres = recipe.score(task)
                        .map(score ->
                                score.damage() == null ? 0 : score.damage().centres())
                        .map(damaged -> Math.toIntExact(rated) + damaged)
                        .orElse(0);
                if (centres > 0) {
                    parameters.add(new TrainingPlan.Parameters(
                            "a kernel machine for " + task.id(), centres * (features + 1), centres));
                    matrices =
                            Math.max(matrices, MATRICES * Double.BYTES * (centres + features) * (centres + features));
                }
                parameters.add(new TrainingPlan.Parameters(head.heads() + " heads for " + task.id(), all, all));
                heads += all;
                items += rated;
                flop += 6.0 * all * rated;
                epochs = Math.max(epochs, head.loop().epochs());
            }
        }
        long sizes = recipe.reductions().size() + 1L;
        int readers = Runtime.getRuntime().availableProcessors();
        List<TrainingPlan.Memory> memory = List.of(
                new TrainingPlan.Memory("heads", heads * FP32 * COPIES, "weights, gradients"),
                new TrainingPlan.Memory("kernels", matrices, "matrices of all centres, double precision"),
                new TrainingPlan.Memory("statistics", items * sizes * features * FP32, "of every size"),
                new TrainingPlan.Memory("pictures", readers * READER_BYTES, readers + " readers"),
                new TrainingPlan.Memory("process", PROCESS_BYTES, "JVM and libtorch"));
        return new TrainingPlan(
                "the small model: " + features + " statistics a picture, heads for each task",
                parameters,
                memory,
                List.of(
                        "Statistics of pictures are computed once and kept below --out: a second run on the same pictures skips that."),
                new TrainingPlan.Time(
                        items == 0 ? 0 : flop / items,
                        0,
                        items,
                        Math.max(1, epochs),
                        "Fitting heads takes minutes; reading the pictures takes most of the time, about a tenth of a second"
                                + " each on one core."),
                limit == null ? TrainingPlan.Limit.here() : limit,
                List.of());
    }
}
