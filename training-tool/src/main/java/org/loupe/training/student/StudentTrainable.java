package org.loupe.training.student;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.loupe.decode.Frame;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.training.loop.Batch;
import org.loupe.training.loop.ParameterGroup;
import org.loupe.training.loop.Trainable;
import org.loupe.training.network.Tensors;
import org.loupe.training.teacher.Teacher;

/**
 * The student at its lessons. From a square part of a view it tells the mean of every channel of the teacher in each cell, and mean and
 * deviation over the whole part; both linearly from its own pooled channels. What is delivered is a moving average of the weights.
 */
final class StudentTrainable implements Trainable<StudentTrainable.Drawn> {
    // The first layer sees edges and colours, which the statistics know.
    private static final double FIRST_LAYER = 0.3;
    private static final double EPSILON = 1e-5;
    private static final double MOMENTUM = 0.05;
    // Enough to tell a curve from noise.
    private static final int MOST_MEASURED = 150;

    private final StudentRecipe recipe;
    private final LessonBook book;
    private final List<LessonBook.Entry> learned;
    private final List<LessonBook.Entry> measured;
    private final TargetScale scale;
    private final StudentNetwork network;
    private final Map<String, Tensor> heads = new LinkedHashMap<>();
    private final Map<String, Tensor> headRunning = new LinkedHashMap<>();
    private final Map<String, Tensor> current = new LinkedHashMap<>();
    private final Map<String, Tensor> averages = new LinkedHashMap<>();
    private final Tensor cellWeights;
    private final Tensor wholeWeights;

    /**
     * @param pixels {@code [n, side, side, 3]}
     * @param cells standardised means, {@code [n * cells, channels]}
     * @param wholes standardised means and deviations, {@code [n, 2 * channels]}
     */
    record Drawn(byte[] pixels, float[] cells, float[] wholes) {}

    /**
     * Its tensors belong to the open scope.
     *
     * @param book stays the caller's
     * @param learned views to learn from
     * @param measured views to measure on, of other pictures; may be empty
     */
    StudentTrainable(
            StudentRecipe recipe, LessonBook book, List<LessonBook.Entry> learned, List<LessonBook.Entry> measured) {
        this.recipe = recipe;
        this.book = book;
        this.learned = List.copyOf(learned);
        this.measured = measured.subList(0, Math.min(MOST_MEASURED, measured.size()));
        this.scale = TargetScale.of(book, learned);
        this.network = new StudentNetwork(recipe.shape());
        int channels = recipe.shape().pooledChannels();
        head("cells", channels, Teacher.CHANNELS);
        head("wholes", 2 * channels, 2 * Teacher.CHANNELS);
        current.putAll(network.kernels());
        current.putAll(network.norms());
        current.putAll(network.running());
        current.putAll(heads);
        current.putAll(headRunning);
        try (NoGradGuard guard = new NoGradGuard()) {
            current.forEach((name, tensor) ->
                    averages.put("average/" + name, tensor.detach().clone()));
        }
        float[] weights = layerWeights();
        this.cellWeights = Tensor.create(weights);
        this.wholeWeights =
                torch.cat(new TensorVector(cellWeights, cellWeights), 0).mul_(new Scalar(0.5));
    }

    private void head(String name, int in, int out) {
        double deviation = Math.sqrt(1.0 / in);
        heads.put(
                name + ".matrix",
                torch.randn(out, in).mul_(new Scalar(deviation)).requires_grad_(true));
        heads.put(name + ".bias", torch.zeros(out).requires_grad_(true));
        headRunning.put(name + ".mean", torch.zeros(in));
        headRunning.put(name + ".variance", torch.ones(in));
    }

    /** @return one weight a channel, together 1; every layer counts the same but the first */
    private static float[] layerWeights() {
        float[] weights = new float[Teacher.CHANNELS];
        double total = FIRST_LAYER + Teacher.LAYERS.size() - 1;
        int at = 0;
        for (int layer = 0; layer < Teacher.LAYERS.size(); layer++) {
            int channels = Teacher.LAYERS.get(layer);
            for (int i = 0; i < channels; i++) {
                weights[at++] = (float) ((layer == 0 ? FIRST_LAYER : 1) / total / channels);
            }
        }
        return weights;
    }

    @Override
    public List<ParameterGroup> groups() {
        return List.of(
                ParameterGroup.of("kernels", network.kernels()),
                new ParameterGroup("norms", network.norms(), 1, 0),
                ParameterGroup.of("heads", heads));
    }

    @Override
    public Map<String, Tensor> buffers() {
        Map<String, Tensor> buffers = new LinkedHashMap<>(network.running());
        buffers.putAll(headRunning);
        buffers.putAll(averages);
        return buffers;
    }

    @Override
    public int items() {
        return learned.size();
    }

    @Override
    public Drawn read(Batch batch) {
        SplittableRandom random = batch.random();
        int n = batch.items().length;
        int side = recipe.crop() / Teacher.CELL;
        int bytes = recipe.crop() * recipe.crop() * 3;
        byte[] pixels = new byte[n * bytes];
        float[] cells = new float[n * side * side * Teacher.CHANNELS];
        float[] wholes = new float[n * Said.CELL_WIDTH];
        for (int i = 0; i < n; i++) {
            LessonBook.Entry entry = learned.get(batch.items()[i]);
            int column = random.nextInt(entry.width() / Teacher.CELL - side + 1);
            int row = random.nextInt(entry.height() / Teacher.CELL - side + 1);
            Lesson part = book.read(entry).part(column, row, side);
            System.arraycopy(part.pixels().rgb(), 0, pixels, i * bytes, bytes);
            scale.cells(part.said(), cells, i * side * side * Teacher.CHANNELS);
            scale.whole(part.said(), wholes, i * Said.CELL_WIDTH);
        }
        return new Drawn(pixels, cells, wholes);
    }

    @Override
    public Tensor loss(Drawn drawn, Batch batch) {
        int n = batch.items().length;
        Tensor planes = planes(drawn.pixels(), n, recipe.crop(), recipe.crop());
        List<Tensor> stages = network.stages(planes, current, true);
        Tensor cells = told("cells", cells(stages), current, true);
        Tensor wholes = told("wholes", StudentNetwork.pooled(stages), current, true);
        Tensor cellsSaid = Tensor.create(drawn.cells(), cells.size(0), Teacher.CHANNELS);
        Tensor wholesSaid = Tensor.create(drawn.wholes(), n, Said.CELL_WIDTH);
        return apart(cells, cellsSaid, cellWeights).add(apart(wholes, wholesSaid, wholeWeights));
    }

    private static Tensor apart(Tensor told, Tensor said, Tensor weights) {
        return told.sub(said).square().mean(0).mul(weights).sum();
    }

    private static Tensor planes(byte[] rgb, int n, int height, int width) {
        // a view of pixels side by side: libtorch then computes with the channels last, which is faster
        return Tensor.create(rgb, false, n, height, width, 3)
                .to(ScalarType.Float)
                .permute(0, 3, 1, 2);
    }

    /** @return means of every channel of the stages in each cell, {@code [n * cells, channels]} */
    private Tensor cells(List<Tensor> stages) {
        TensorVector means = new TensorVector();
        int first = recipe.shape().stages().size() - stages.size();
        for (int s = 0; s < stages.size(); s++) {
            long positions = Teacher.CELL / StudentShape.stride(first + s);
            long[] side = {positions, positions};
            means.push_back(
                    torch.avg_pool2d(stages.get(s), side, side, new long[] {0, 0}, false, true, new LongOptional()));
        }
        return torch.cat(means, 1).permute(0, 2, 3, 1).flatten(0, 2);
    }

    private Tensor told(String head, Tensor pooled, Map<String, Tensor> weights, boolean training) {
        Tensor even = torch.batch_norm(
                pooled,
                new TensorOptional(),
                new TensorOptional(),
                new TensorOptional(StudentNetwork.named(weights, head + ".mean")),
                new TensorOptional(StudentNetwork.named(weights, head + ".variance")),
                training,
                MOMENTUM,
                EPSILON,
                false);
        return torch.linear(
                even,
                StudentNetwork.named(weights, head + ".matrix"),
                new TensorOptional(StudentNetwork.named(weights, head + ".bias")));
    }

    @Override
    public void stepped(long steps) {
        double kept = Math.min(recipe.average(), (1.0 + steps) / (10.0 + steps)); // forgets its random beginning
        try (NoGradGuard guard = new NoGradGuard()) {
            current.forEach((name, tensor) ->
                    StudentNetwork.named(averages, "average/" + name).lerp_(tensor.detach(), new Scalar(1 - kept)));
        }
    }

    /** @return averages under the names of what they are averages of */
    Map<String, Tensor> averaged() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        current.keySet().forEach(name -> weights.put(name, StudentNetwork.named(averages, "average/" + name)));
        return weights;
    }

    /** Share of the variance of unseen pictures' answers that is told: of all, then of the means of each layer. */
    @Override
    public Map<String, Double> evaluate() {
        if (measured.isEmpty()) {
            return Map.of();
        }
        int width = Said.CELL_WIDTH;
        double[] sum = new double[width];
        double[] square = new double[width];
        double[] missed = new double[width];
        float[] said = new float[width];
        Map<String, Tensor> weights = averaged();
        for (LessonBook.Entry entry : measured) {
            Lesson lesson = book.read(entry);
            scale.whole(lesson.said(), said, 0);
            float[] told = wholes(lesson, weights);
            for (int i = 0; i < width; i++) {
                sum[i] += said[i];
                square[i] += said[i] * said[i];
                missed[i] += (said[i] - told[i]) * (said[i] - told[i]);
            }
        }
        double[] explained = new double[width];
        for (int i = 0; i < width; i++) {
            double variance = square[i] - sum[i] * sum[i] / measured.size();
            explained[i] = variance > 0 ? 1 - missed[i] / variance : 0;
        }
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("explained", mean(explained, 0, width));
        int from = 0;
        for (int layer = 0; layer < Teacher.LAYERS.size(); layer++) {
            int to = from + Teacher.LAYERS.get(layer);
            figures.put("explained_" + (layer + 1), mean(explained, from, to));
            from = to;
        }
        return figures;
    }

    private static double mean(double[] values, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += values[i];
        }
        return sum / (to - from);
    }

    private float[] wholes(Lesson lesson, Map<String, Tensor> weights) {
        try (PointerScope scope = new PointerScope()) {
            List<Tensor> stages = network.stages(planes(lesson.pixels()), weights, false);
            return Tensors.vector(told("wholes", StudentNetwork.pooled(stages), weights, false));
        }
    }

    private static Tensor planes(Frame frame) {
        return planes(frame.rgb(), 1, frame.height(), frame.width());
    }

    /**
     * @param entries views on which the principal components are found
     * @return the averaged network, giving out the principal components that the recipe wants: first of what it tells of whole views, then
     *     of its own pooled channels
     */
    Network learned(List<LessonBook.Entry> entries) {
        float[][] pooled = new float[entries.size()][];
        for (int i = 0; i < pooled.length; i++) {
            pooled[i] = pooled(book.read(entries.get(i)).pixels());
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            StudentRecipe.Outputs outputs = recipe.outputs();
            Projection told = Projection.of(pooled, linear(), Tensors.vector(wholeWeights), outputs.told());
            Projection both = told.and(Projection.of(pooled, outputs.own()));
            return network.learned(averaged(), both.matrix(), both.bias());
        }
    }

    /** @return pooled channels of the averaged network */
    float[] pooled(Frame frame) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            return Tensors.vector(StudentNetwork.pooled(network.stages(planes(frame), averaged(), false)));
        }
    }

    /** @return from pooled channels to what the averaged network tells of a whole view, but for a constant: {@code [2 * channels][P]} */
    float[][] linear() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Map<String, Tensor> weights = averaged();
            Tensor deviation = StudentNetwork.named(weights, "wholes.variance")
                    .add(new Scalar(EPSILON))
                    .sqrt();
            return Tensors.matrix(StudentNetwork.named(weights, "wholes.matrix").div(deviation));
        }
    }
}
