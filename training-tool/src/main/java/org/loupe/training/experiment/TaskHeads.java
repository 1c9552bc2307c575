package org.loupe.training.experiment;

import static org.bytedeco.pytorch.global.torch.manual_seed;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.loupe.score.Task;
import org.loupe.training.head.HeadRecipe;
import org.loupe.training.loop.Batch;
import org.loupe.training.loop.ParameterGroup;
import org.loupe.training.loop.Trainable;
import org.loupe.training.network.HeadNetwork;
import org.loupe.training.network.Tensors;
import org.loupe.training.objective.Objective;
import org.loupe.training.objective.Objectives;

/**
 * The head that {@code train} fits, with a hidden layer that all tasks share and outputs of its own for each. What the arms of an experiment
 * differ in is the objective alone, and with it the number of outputs. Owns its network; close it. For one thread.
 */
final class TaskHeads implements Trainable<TaskHeads.Drawn>, AutoCloseable {
    private final double correlation;
    private final Lesson lesson;
    private final int width;
    private final Map<Task, Output> outputs = new EnumMap<>(Task.class);
    private final HeadNetwork network;
    private boolean training;

    /**
     * What is learned from.
     *
     * @param rows standardised features, one row a picture
     * @param ratings 1..5
     * @param deviations of the single opinions, NaN where unknown
     * @param tasks which outputs each picture teaches
     */
    record Lesson(float[][] rows, double[] ratings, double[] deviations, Task[] tasks) {}

    /**
     * @param objective of the task, with levels made of its own ratings
     * @param first of the network's outputs that belong to it
     */
    private record Output(Objective objective, int first) {
        Tensor of(Tensor all) {
            return all.narrow(1, first, objective.outputs());
        }
    }

    /**
     * @param x rows one after the other, those of one task together
     * @param targets of each task's rows, in the order of the tasks
     */
    record Drawn(float[] x, Map<Task, Objective.Targets> targets) {}

    /** @param seed of the first weights */
    TaskHeads(HeadRecipe recipe, Lesson lesson, long seed) {
        this.correlation = recipe.correlationWeight();
        this.lesson = lesson;
        this.width = lesson.rows()[0].length;
        int count = 0;
        for (Task task : Task.values()) {
            double[] own = ratings(task);
            if (own.length > 0) {
                Output output = new Output(recipe.objective().with(recipe.scale(own)), count);
                outputs.put(task, output);
                count += output.objective().outputs();
            }
        }
        manual_seed(seed);
        this.network = new HeadNetwork(width, recipe.hidden(), count, recipe.dropoutIn(), recipe.dropoutHidden());
    }

    private double[] ratings(Task task) {
        double[] own = new double[lesson.tasks().length];
        int count = 0;
        for (int i = 0; i < own.length; i++) {
            if (lesson.tasks()[i] == task) {
                own[count++] = lesson.ratings()[i];
            }
        }
        return Arrays.copyOf(own, count);
    }

    @Override
    public List<ParameterGroup> groups() {
        return List.of(ParameterGroup.of("heads", network.named()));
    }

    @Override
    public int items() {
        return lesson.rows().length;
    }

    @Override
    public Drawn read(Batch batch) {
        float[] x = new float[batch.items().length * width];
        Map<Task, Objective.Targets> targets = new EnumMap<>(Task.class);
        int row = 0;
        for (Task task : outputs.keySet()) {
            List<Integer> own = new ArrayList<>();
            for (int item : batch.items()) {
                if (lesson.tasks()[item] == task) {
                    System.arraycopy(lesson.rows()[item], 0, x, row++ * width, width);
                    own.add(item);
                }
            }
            if (!own.isEmpty()) {
                targets.put(
                        task,
                        new Objective.Targets(
                                own.stream()
                                        .mapToDouble(i -> lesson.ratings()[i])
                                        .toArray(),
                                own.stream()
                                        .mapToDouble(i -> lesson.deviations()[i])
                                        .toArray()));
            }
        }
        return new Drawn(x, targets);
    }

    @Override
    public Tensor loss(Drawn drawn, Batch batch) {
        int all = batch.items().length;
        Tensor answers = network.outputs(Tensor.create(drawn.x(), all, width), training);
        Tensor sum = Tensor.create(0f);
        int row = 0;
        for (Map.Entry<Task, Objective.Targets> taught : drawn.targets().entrySet()) {
            Objective.Targets targets = taught.getValue();
            int n = targets.mos().length;
            Output output = output(taught.getKey());
            Tensor answer = output.of(answers.narrow(0, row, n));
            Tensor loss = output.objective().loss(answer, targets, batch.seed());
            if (correlation > 0 && n > 1) {
                Tensor apart = Objectives.correlationLoss(
                        output.objective().scores(answer), Tensor.create(Tensors.floats(targets.mos())));
                loss = loss.add(apart, new Scalar(correlation));
            }
            sum = sum.add(loss, new Scalar(n / (double) all));
            row += n;
        }
        return sum;
    }

    @Override
    public boolean smallProducts() {
        return true;
    }

    @Override
    public void training(boolean on) {
        training = on;
    }

    /**
     * @param rows standardised features
     * @return scores of the task, 1..5
     */
    double[] predict(Task task, float[][] rows) {
        float[] x = new float[rows.length * width];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, x, i * width, width);
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Output output = output(task);
            Tensor answers = network.outputs(Tensor.create(x, rows.length, width), false);
            Tensor scores = output.objective().scores(output.of(answers)).contiguous();
            FloatBuffer found = scores.createBuffer();
            double[] predicted = new double[rows.length];
            for (int i = 0; i < predicted.length; i++) {
                predicted[i] = found.get(i);
            }
            return predicted;
        }
    }

    private Output output(Task task) {
        return Objects.requireNonNull(outputs.get(task), "nothing was learned of this task");
    }

    @Override
    public void close() {
        network.close();
    }
}
