package org.loupe.export;

import java.io.IOException;
import java.util.List;
import java.util.function.IntConsumer;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.OneAlignTensors;
import org.loupe.modelpackage.Manifest;
import org.loupe.score.ErrorReason;
import org.loupe.score.Level;
import org.loupe.score.ScoringException;

/** The whole OneAlign network as one graph with the signature every model package has. */
public final class OneAlignGraph {
    private OneAlignGraph() {}

    /**
     * @param module of the checkpoint, for instance {@code model.layers.0.mlp.gate_proj}
     * @return where what it computes stands in the graph, {@code /model/layers.0/mlp/gate_proj}
     */
    public static String path(String module) {
        return Layers.path(module);
    }

    /**
     * What the package of a checkpoint moves from norms into matrices; whoever brings matrices of their own needs it.
     *
     * @param checkpoint the one the package was made of
     * @param base what was imported
     * @throws IOException if the checkpoint cannot be read
     */
    public static SmoothingPlan smoothing(OneAlignConfig config, Checkpoint checkpoint, Manifest base)
            throws IOException {
        return Precision.byId(base.precision()).quantised()
                ? SmoothingPlan.of(config, new CheckpointWeights(checkpoint))
                : SmoothingPlan.NONE;
    }

    /**
     * Lays out the graph of a package once more, from other weights of the same network: every weight has the place, the type and the
     * arithmetic it has in the package.
     *
     * @param config of the network
     * @param weights must stay open until the last weight was asked for
     * @param plan of the checkpoint the package was made of, not of these weights
     * @param base what was imported: its precision, prompts and adapter targets
     * @param progress told the number of language layers whose prefix is done, while the graph is written
     * @throws ScoringException CHECKPOINT_INVALID if tensors and configuration disagree
     * @throws IOException if the checkpoint cannot be read
     */
    public static GraphBuilder again(
            OneAlignConfig config, Checkpoint weights, SmoothingPlan plan, Manifest base, IntConsumer progress)
            throws IOException {
        check(config, weights);
        CheckpointWeights read = new CheckpointWeights(weights);
        List<OneAlignPrompts.Prompt> prompts = OneAlignPrompts.of(base);
        return layOut(
                config,
                read,
                prefix(config, read, prompts, progress),
                plan,
                prompts,
                base.limits().maxFrames(),
                AdapterTargets.ofInputs(base.adapterTargets() == null ? List.of() : base.adapterTargets()),
                Precision.byId(base.precision()));
    }

    /**
     * Checks the tensors and lays out the graph; weights are read, and the constant prefixes computed, only when it is written, so the
     * checkpoint must stay open until then.
     *
     * @param maxFrames most frames of one row, at least 1
     * @param targets what an adapter may change
     * @param precision of the large matrices and of what lies between them
     * @param progress told the number of language layers whose prefix is done, while the graph is written
     * @throws ScoringException CHECKPOINT_INVALID if tensors and configuration disagree
     * @throws IOException if the checkpoint cannot be read
     */
    static GraphBuilder build(
            OneAlignConfig config,
            Checkpoint checkpoint,
            List<OneAlignPrompts.Prompt> prompts,
            int maxFrames,
            AdapterTargets targets,
            Precision precision,
            IntConsumer progress)
            throws IOException {
        check(config, checkpoint);
        CheckpointWeights weights = new CheckpointWeights(checkpoint);
        PrefixCache prefix = prefix(config, weights, prompts, progress);
        SmoothingPlan plan = precision.quantised() ? SmoothingPlan.of(config, weights) : SmoothingPlan.NONE;
        return layOut(config, weights, prefix, plan, prompts, maxFrames, targets, precision);
    }

    private static void check(OneAlignConfig config, Checkpoint checkpoint) {
        OneAlignTensors.check(config, checkpoint.tensors().values());
        if (config.language().vocabulary() <= OneAlignPrompts.largestId()) {
            throw new ScoringException(
                    ErrorReason.CHECKPOINT_INVALID,
                    "config.json: vocab_size is " + config.language().vocabulary() + ", but the prompts use the token "
                            + OneAlignPrompts.largestId());
        }
    }

    static PrefixCache prefix(
            OneAlignConfig config,
            CheckpointWeights weights,
            List<OneAlignPrompts.Prompt> prompts,
            IntConsumer progress) {
        return new PrefixCache(
                weights,
                config.language(),
                prompts.stream().map(OneAlignPrompts.Prompt::before).toList(),
                progress);
    }

    /** The graph of weights whose prefix and smoothing are known. */
    static GraphBuilder layOut(
            OneAlignConfig config,
            CheckpointWeights weights,
            PrefixCache prefix,
            SmoothingPlan plan,
            List<OneAlignPrompts.Prompt> prompts,
            int maxFrames,
            AdapterTargets targets,
            Precision precision)
            throws IOException {
        GraphBuilder graph = new GraphBuilder("one-align", targets::replaceable);
        Layers layers = new Layers(graph, weights, precision, targets, plan);
        int side = config.vision().imageSide();
        String pixels = graph.input("pixels", DataType.UINT8, "frames", side, side, 3);
        String rowFrames = graph.input("row_frames", DataType.INT64, "rows", "frames_per_row");
        String rowPrompt = graph.input("row_prompt", DataType.INT64, "rows");

        String features =
                new VisionTower(layers.in(precision.vision()), config.vision()).features(pixels, config.input());
        Abstractor.Output abstracted =
                new Abstractor(layers.in(precision.abstractor()), config).abstracted(features, pixels);
        String logits = new Prefill(layers, config, prefix, prompts, maxFrames)
                .levelLogits(abstracted.rows(), rowFrames, rowPrompt);
        graph.output(
                wide(layers, "/level_logits", logits), "level_logits", DataType.FLOAT, "rows", Level.values().length);
        graph.output(
                abstracted.embedding(),
                "frame_embedding",
                DataType.FLOAT,
                "frames",
                config.language().width());
        return graph;
    }

    private static String wide(Layers layers, String path, String value) {
        return layers.type() == DataType.FLOAT
                ? value
                : layers.graph()
                        .node(path + "/Cast", "Cast", List.of(value), Attribute.of("to", DataType.FLOAT.code()));
    }
}
