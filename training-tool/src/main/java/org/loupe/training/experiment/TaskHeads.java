package org.loupe.training.experiment;

import static org.bytedeco.pytorch.global.torch.dropout;
import static org.bytedeco.pytorch.global.torch.manual_seed;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.loupe.score.Task;
import org.loupe.training.loop.Batch;
import org.loupe.training.loop.ParameterGroup;
import org.loupe.training.loop.Trainable;
import org.loupe.training.objective.Objectives;

/**
 * A hidden layer shared by all tasks and one output layer for each. What the arms of an experiment differ in is the loss alone (and, for
 * {@link Objective#REGRESSION}, that the output layer has one number). Owns its module; close it. For one thread.
 */
final class TaskHeads implements Trainable<int[]>, AutoCloseable {
    /** Levels drawn for each picture and step; each is judged against the mean of the others. */
    private static final int DRAWS = 4;

    private final Recipe.Arm arm;
    private final Recipe.Fit fit;
    private final Lesson lesson;
    private final Map<Task, LevelPlan> plans = new EnumMap<>(Task.class);
    private final Module module = new Module("task-heads");
    private final LinearImpl hidden;
    private final Map<Task, LinearImpl> outputs = new EnumMap<>(Task.class);

    /**
     * What is learned from.
     *
     * @param rows standardised features, one row a picture
     * @param ratings 1..5
     * @param tasks which output each picture teaches
     */
    record Lesson(float[][] rows, double[] ratings, Task[] tasks) {}

    /** @param seed of the first weights */
    TaskHeads(Recipe.Arm arm, Recipe.Fit fit, Lesson lesson, long seed) {
        this.arm = arm;
        this.fit = fit;
        this.lesson = lesson;
        manual_seed(seed);
        this.hidden = module.register_module("hidden", new LinearImpl(lesson.rows()[0].length, fit.hidden()));
        for (Task task : Task.values()) {
            double[] own = IntStream.range(0, lesson.tasks().length)
                    .filter(i -> lesson.tasks()[i] == task)
                    .mapToDouble(i -> lesson.ratings()[i])
                    .toArray();
            if (own.length > 0) {
                plans.put(task, LevelPlan.of(arm, own));
                int width = arm.objective() == Objective.REGRESSION ? 1 : arm.levels();
                outputs.put(task, module.register_module(task.id(), new LinearImpl(fit.hidden(), width)));
            }
        }
    }

    @Override
    public List<ParameterGroup> groups() {
        Map<String, Tensor> parameters = new LinkedHashMap<>();
        parameters.put("hidden.weight", hidden.weight());
        parameters.put("hidden.bias", hidden.bias());
        outputs.forEach((task, output) -> {
            parameters.put(task.id() + ".weight", output.weight());
            parameters.put(task.id() + ".bias", output.bias());
        });
        return List.of(ParameterGroup.of("heads", parameters));
    }

    @Override
    public int items() {
        return lesson.rows().length;
    }

    @Override
    public int[] read(Batch batch) {
        return batch.items();
    }

    @Override
    public Tensor loss(int[] items, Batch batch) {
        SplittableRandom random = batch.random();
        Tensor sum = Tensor.create(0f);
        for (Task task : outputs.keySet()) {
            int[] own =
                    Arrays.stream(items).filter(i -> lesson.tasks()[i] == task).toArray();
            if (own.length > 0) {
                float[][] rows =
                        Arrays.stream(own).mapToObj(i -> lesson.rows()[i]).toArray(float[][]::new);
                double[] ratings =
                        Arrays.stream(own).mapToDouble(i -> lesson.ratings()[i]).toArray();
                Tensor kept = dropout(matrix(rows), fit.dropoutIn(), true);
                Tensor output =
                        output(task).forward(dropout(hidden.forward(kept).relu(), fit.dropoutHidden(), true));
                sum = sum.add(
                        loss(plan(task), output, ratings, random), new Scalar(own.length / (double) items.length));
            }
        }
        return sum;
    }

    private Tensor loss(LevelPlan plan, Tensor output, double[] ratings, SplittableRandom random) {
        Tensor rated = Tensor.create(floats(ratings));
        Tensor loss =
                switch (arm.objective()) {
                    case DISCRETE ->
                        Objectives.crossEntropy(
                                output,
                                matrix(Arrays.stream(ratings)
                                        .mapToObj(plan::discrete)
                                        .toArray(float[][]::new)));
                    case SOFT ->
                        Objectives.crossEntropy(
                                output,
                                matrix(Arrays.stream(ratings)
                                        .mapToObj(plan::soft)
                                        .toArray(float[][]::new)));
                    case EXPECTED, REGRESSION ->
                        scores(plan, output).sub(rated).square().mean();
                    case POLICY -> policy(plan, output, ratings, random);
                };
        if (arm.correlation() > 0 && ratings.length > 1) {
            Tensor apart = Objectives.correlationLoss(scores(plan, output), rated);
            loss = loss.add(apart, new Scalar(arm.correlation()));
        }
        return loss;
    }

    /**
     * REINFORCE with each draw held against the mean of the other draws of the same picture.
     *
     * @see <a href="https://openreview.net/forum?id=r1lgTGL5DE">Kool et al. 2019, Buy 4 REINFORCE samples, get a baseline for free</a>
     */
    private Tensor policy(LevelPlan plan, Tensor output, double[] ratings, SplittableRandom random) {
        Tensor logs = output.log_softmax(1);
        int levels = plan.weights().length;
        float[] probabilities = values(logs.exp());
        float[][] pull = new float[ratings.length][levels];
        for (int i = 0; i < ratings.length; i++) {
            int[] drawn = new int[DRAWS];
            double[] reward = new double[DRAWS];
            double all = 0;
            for (int k = 0; k < DRAWS; k++) {
                drawn[k] = draw(probabilities, i * levels, levels, random);
                reward[k] = -Math.abs(plan.weights()[drawn[k]] - ratings[i]);
                all += reward[k];
            }
            for (int k = 0; k < DRAWS; k++) {
                double others = (all - reward[k]) / (DRAWS - 1);
                pull[i][drawn[k]] += (float) ((reward[k] - others) / DRAWS);
            }
        }
        Tensor loss = logs.mul(matrix(pull)).sum(1).mean().neg();
        if (arm.entropy() > 0) {
            Tensor certainty = logs.mul(logs.exp()).sum(1).mean();
            loss = loss.add(certainty, new Scalar(arm.entropy()));
        }
        return loss;
    }

    private static int draw(float[] probabilities, int from, int levels, SplittableRandom random) {
        double left = random.nextDouble();
        for (int level = 0; level < levels - 1; level++) {
            left -= probabilities[from + level];
            if (left < 0) {
                return level;
            }
        }
        return levels - 1;
    }

    /** @return one score a row; around the middle of the scale for a single number, which is where it starts */
    private Tensor scores(LevelPlan plan, Tensor output) {
        return arm.objective() == Objective.REGRESSION
                ? output.select(1, 0).add(new Scalar(3.0))
                : Objectives.expectedScore(output, plan.weights());
    }

    /**
     * @param rows standardised features
     * @return scores of the task, 1..5
     */
    double[] predict(Task task, float[][] rows) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor output = output(task).forward(hidden.forward(matrix(rows)).relu());
            float[] scores = values(scores(plan(task), output));
            return IntStream.range(0, rows.length)
                    .mapToDouble(i -> Math.min(5, Math.max(1, scores[i])))
                    .toArray();
        }
    }

    private LinearImpl output(Task task) {
        return Objects.requireNonNull(outputs.get(task), "nothing was learned of this task");
    }

    private LevelPlan plan(Task task) {
        return Objects.requireNonNull(plans.get(task), "nothing was learned of this task");
    }

    private static Tensor matrix(float[][] rows) {
        int width = rows[0].length;
        float[] flat = new float[rows.length * width];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, flat, i * width, width);
        }
        return Tensor.create(flat, rows.length, width);
    }

    private static float[] values(Tensor tensor) {
        Tensor plain = tensor.detach().contiguous();
        float[] values = new float[Math.toIntExact(plain.numel())];
        FloatBuffer buffer = plain.createBuffer();
        buffer.get(values);
        return values;
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        IntStream.range(0, values.length).forEach(i -> floats[i] = (float) values[i]);
        return floats;
    }

    @Override
    public void close() {
        module.close();
    }
}
