package org.loupe.export.small;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.loupe.export.DataType;
import org.loupe.export.GraphBuilder;
import org.loupe.export.small.SmallModel.Curves;
import org.loupe.export.small.SmallModel.Head;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.Manifest.MediaKind;
import org.loupe.modelpackage.Manifest.Prompt;
import org.loupe.score.Task;

/**
 * The whole small model as one graph: {@code pixels uint8[F, H, W, 3]}, {@code row_frames int64[R, K]} and {@code row_prompt int64[R]} in,
 * {@code level_logits float32[R, L]} and {@code frame_embedding float32[F, D]} out. Logits are logarithms of probabilities; a row of
 * several frames gets the mean of its frames' logits.
 */
public final class SmallGraph {
    /** Longest short side a frame should have, pixels. */
    public static final int MAX_SHORT_SIDE = 512;

    /** Longest long side a frame should have, pixels. */
    public static final int MAX_LONG_SIDE = 1024;

    // How much of the squared length of an embedding each part has, on average: found on clean photographs against
    // re-encoded copies, see docs/loupe-small-features.md. The layout decides; statistics and network tell apart what
    // is laid out alike.
    private static final float STATISTICS_WEIGHT = 0.05f;
    private static final float NETWORK_WEIGHT = 0.05f;
    // Middle and spread of the layout over photographs, so that colours count as much as luminance and the weights mean
    // what they say.
    private static final float LUMINANCE_MIDDLE = 0.45f;
    private static final float LUMINANCE_SPREAD = 0.25f;
    private static final float OPPONENT_SPREAD = 0.083f;

    private SmallGraph() {}

    /** @return how a frame becomes pixels for every model of this kind */
    public static Manifest.Input input() {
        return new Manifest.Input(Manifest.Mode.NATIVE, null, null, MAX_SHORT_SIDE, MAX_LONG_SIDE, null, null, "area");
    }

    /** @return what {@code row_prompt} can ask this model, in that order: images first, then videos; quality before aesthetics */
    public static List<Prompt> prompts(SmallModel model) {
        List<Prompt> prompts = new ArrayList<>();
        for (MediaKind kind : List.of(MediaKind.IMAGE, MediaKind.VIDEO)) {
            for (Task task : tasks(model)) {
                String id = task.id() + (kind == MediaKind.IMAGE ? ".image" : ".video");
                prompts.add(new Prompt(id, task, kind));
            }
        }
        return prompts;
    }

    /**
     * @param directory exists and holds no graph yet
     * @throws IOException if it cannot be written
     */
    public static void write(SmallModel model, Path directory) throws IOException {
        GraphBuilder graph = new GraphBuilder("loupe-small");
        String pixels = graph.input("pixels", DataType.UINT8, "F", "H", "W", 3);
        String rowFrames = graph.input("row_frames", DataType.INT64, "R", "K");
        String rowPrompt = graph.input("row_prompt", DataType.INT64, "R");
        Ops ops = new Ops(graph);
        Statistics statistics = Statistics.of(ops, pixels);
        String inputs = inputs(ops, statistics, model.network());
        ops.scope("scaling");
        String scaled = scale(ops, inputs, model.scaling());
        List<String> answers = new ArrayList<>();
        for (Task task : tasks(model)) {
            ScoreHead score = model.scoreHeads().get(task);
            answers.add(
                    score == null
                            ? ensemble(ops, task, model.heads().getOrDefault(task, List.of()), scaled)
                            : ScoreGraph.logits(ops, task, score, scaled));
        }
        String logits = rows(ops, ops.concat(1, answers), rowFrames, rowPrompt, model);
        graph.output(logits, "level_logits", DataType.FLOAT, "R", model.levels());
        String embedding = embedding(ops, statistics, scaled, model);
        graph.output(embedding, "frame_embedding", DataType.FLOAT, "F", embeddingSize(model));
        graph.write(directory);
    }

    /** Statistics, then the network's outputs: {@code float[F, D]}. */
    static String inputs(Ops ops, Statistics statistics, Optional<Network> network) {
        return network.isPresent()
                ? ops.concat(1, statistics.features(), NetworkGraph.outputs(ops, network.get(), statistics.rows()))
                : statistics.features();
    }

    private static List<Task> tasks(SmallModel model) {
        return List.of(Task.QUALITY, Task.AESTHETICS).stream()
                .filter(task ->
                        model.heads().containsKey(task) || model.scoreHeads().containsKey(task))
                .toList();
    }

    private static String scale(Ops ops, String inputs, Scaling scaling) {
        long[] dims = {scaling.mean().length};
        String clipped = ops.min(
                ops.max(inputs, ops.named("low", dims, scaling.low())), ops.named("high", dims, scaling.high()));
        String bent = scaling.curves().isEmpty()
                ? clipped
                : bent(ops, clipped, scaling.curves().get(), dims[0]);
        return ops.div(ops.sub(bent, ops.named("mean", dims, scaling.mean())), ops.named("sd", dims, scaling.sd()));
    }

    private static String bent(Ops ops, String inputs, Curves curves, long all) {
        long count = curves.base().length;
        long pieces = curves.start()[0].length;
        long[] dims = {count, pieces};
        String first = count == all ? inputs : ops.slice(inputs, 1, 0, count);
        String along = ops.mul(
                ops.sub(ops.reshape(first, 0, count, 1), ops.named("start", dims, Matrices.flat(curves.start()))),
                ops.named("slope", dims, Matrices.flat(curves.slope())));
        String within = ops.min(ops.max(along, ops.vector(curves.least())), ops.vector(curves.most()));
        String risen = ops.sum(ops.mul(within, ops.named("rise", dims, Matrices.flat(curves.rise()))), false, 2);
        String bent = ops.add(risen, ops.named("base", new long[] {count}, curves.base()));
        return count == all ? bent : ops.concat(1, bent, ops.slice(inputs, 1, count, Ops.END));
    }

    /** @return {@code float[F, 1, L]}, logarithms of the members' mean probabilities */
    static String ensemble(Ops ops, Task task, List<Head> members, String scaled) {
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            ops.scope("head." + task.id() + "." + i);
            Head head = members.get(i);
            String seen = ops.gather(scaled, ops.namedIndices("columns", head.columns()), 1);
            String hidden = ops.relu(linear(ops, "hidden", seen, head.hidden(), head.hiddenBias()));
            String answer = ops.logSoftmax(linear(ops, "levels", hidden, head.output(), head.outputBias()));
            answers.add(ops.reshape(answer, 0, 1, head.levels()));
        }
        ops.scope("ensemble." + task.id());
        String all = ops.concat(1, answers);
        // Subtracting ln M turns the sum of probabilities into their mean; as logarithms throughout nothing can
        // underflow to ln 0.
        return ops.add(ops.node("ReduceLogSumExp", all, ops.longs(1)), (float) -Math.log(members.size()));
    }

    private static String linear(Ops ops, String name, String values, float[][] weights, float[] bias) {
        long[] dims = {weights[0].length, weights.length};
        String matrix = ops.named(name + "/weights", dims, Matrices.transposed(weights));
        return ops.add(ops.matMul(values, matrix), ops.named(name + "/bias", new long[] {weights.length}, bias));
    }

    /** @param answers {@code float[F, T, L]} */
    private static String rows(Ops ops, String answers, String rowFrames, String rowPrompt, SmallModel model) {
        ops.scope("rows");
        List<Task> tasks = tasks(model);
        long[] taskOfPrompt = prompts(model).stream()
                .mapToLong(prompt -> tasks.indexOf(prompt.task()))
                .toArray();
        String ofFrames = ops.mean(ops.gather(answers, rowFrames, 0), false, 1); // [R, K, T, L] -> [R, T, L]
        String task = ops.reshape(ops.gather(ops.longs(taskOfPrompt), rowPrompt, 0), -1, 1);
        return ops.gatherEach(ofFrames, task);
    }

    private static long embeddingSize(SmallModel model) {
        return model.scaling().mean().length + 3L * ColourStatistics.CELLS * ColourStatistics.CELLS;
    }

    private static String embedding(Ops ops, Statistics statistics, String scaled, SmallModel model) {
        ops.scope("embedding");
        int inputs = model.scaling().mean().length;
        int count = model.featureNames().size();
        float[] weights = new float[inputs];
        for (int i = 0; i < inputs; i++) {
            weights[i] = (float) Math.sqrt(i < count ? STATISTICS_WEIGHT / count : NETWORK_WEIGHT / (inputs - count));
        }
        int cells = ColourStatistics.CELLS * ColourStatistics.CELLS;
        float[] middle = new float[3 * cells];
        float[] factor = new float[3 * cells];
        for (int i = 0; i < 3 * cells; i++) {
            boolean luminance = i < cells;
            middle[i] = luminance ? -LUMINANCE_MIDDLE : 0;
            factor[i] = (float) Math.sqrt(1 / (3.0 * cells)) / (luminance ? LUMINANCE_SPREAD : OPPONENT_SPREAD);
        }
        String layout = ops.mul(ops.add(statistics.layout(), ops.vector(middle)), ops.vector(factor));
        String all = ops.concat(1, ops.mul(scaled, ops.vector(weights)), layout);
        return ops.unitLength(all);
    }
}
