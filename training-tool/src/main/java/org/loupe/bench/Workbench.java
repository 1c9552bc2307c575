package org.loupe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtGraph;
import org.loupe.export.onnx.ModelProto;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.scratch.ScratchDirectory;

/** One package on the bench: its whole graph, its vision part, and what their profiles say. The package stays the caller's. */
final class Workbench {
    static final String LEVEL_LOGITS = "level_logits";
    static final String FRAME_EMBEDDING = "frame_embedding";

    /** What a run of the language model is known by. */
    private static final String LANGUAGE_NODES = "/model/layers.";

    private static final int PROFILED_RUNS = 3;

    private final ModelPackage model;
    private final EngineConfig config;
    private final byte[] whole;
    private final byte[] visionPart;
    private final boolean prefill;
    private final Photo photo;

    Workbench(ModelPackage model, EngineConfig config) {
        this.model = model;
        this.config = config;
        ModelProto proto = GraphParts.read(model.graph());
        this.whole = proto.toByteArray();
        this.visionPart = GraphParts.ending(proto, FRAME_EMBEDDING).toByteArray();
        this.prefill = proto.getGraph().getNodeList().stream()
                .anyMatch(node -> node.getName().startsWith(LANGUAGE_NODES));
        this.photo = Photo.of(model.manifest().input());
    }

    /** @return whether a language model answers, and not a few numbers on top of the features */
    boolean hasPrefill() {
        return prefill;
    }

    Photo photo() {
        return photo;
    }

    /** @return a batch of photos asked for their quality */
    EngineBatch oneTask(int photos) {
        return photo.batch(photos, prompt(Task.QUALITY).orElse(0));
    }

    /** @return whether the model answers both questions */
    boolean hasBothTasks() {
        return prompt(Task.QUALITY).isPresent() && prompt(Task.AESTHETICS).isPresent();
    }

    /** @return a batch of photos asked for quality and aesthetics */
    EngineBatch bothTasks(int photos) {
        return photo.batch(
                photos,
                prompt(Task.QUALITY).orElseThrow(),
                prompt(Task.AESTHETICS).orElseThrow());
    }

    private OptionalInt prompt(Task task) {
        return model.manifest().promptIndex(task, Manifest.MediaKind.IMAGE);
    }

    /** @return the whole graph as a server runs it; the caller closes it */
    OrtGraph openWhole() {
        return OrtGraph.measured(whole, model.directory(), config, null);
    }

    /** @return the part that ends in the frames' embeddings; the caller closes it */
    OrtGraph openVision() {
        return OrtGraph.measured(visionPart, model.directory(), config, null);
    }

    /**
     * What the engine itself notes of a run of one photo, quality only.
     *
     * @param whole nodes of the whole graph, of the run that took the median time
     * @param vision nodes of the vision part alone
     */
    record Profiles(List<NodeRun> whole, List<NodeRun> vision) {
        double visionTflop() {
            return MatrixProducts.flop(vision) / 1e12;
        }

        double wholeTflop() {
            return MatrixProducts.flop(whole) / 1e12;
        }

        /** @return nodes of the whole run that are not part of vision */
        List<NodeRun> prefillNodes() {
            Set<String> names = new HashSet<>();
            vision.forEach(node -> names.add(node.name()));
            return whole.stream().filter(node -> !names.contains(node.name())).toList();
        }

        /** @return milliseconds the engine spent in them */
        double prefillMillis() {
            return millis(prefillNodes());
        }
    }

    static double millis(List<NodeRun> nodes) {
        return nodes.stream().mapToLong(NodeRun::micros).sum() / 1e3;
    }

    /** Runs with the engine's profiler, which costs a little time of its own: these runs are never the ones that are timed. */
    Profiles profile() {
        return new Profiles(profile(whole, LEVEL_LOGITS, oneTask(1)), profile(visionPart, FRAME_EMBEDDING, oneTask(1)));
    }

    /** @return nodes of one run of the whole graph */
    List<NodeRun> profile(EngineBatch batch) {
        return profile(whole, LEVEL_LOGITS, batch);
    }

    private List<NodeRun> profile(byte[] graph, String output, EngineBatch batch) {
        try {
            Path scratch = Files.createTempDirectory("loupe-bench");
            try {
                List<List<NodeRun>> runs;
                try (OrtGraph profiled =
                        OrtGraph.measured(graph, model.directory(), config, scratch.resolve("profile"))) {
                    for (int i = 0; i <= PROFILED_RUNS; i++) {
                        profiled.run(batch, Set.of(output));
                    }
                    runs = new ArrayList<>(Profile.runs(profiled.endProfile()));
                }
                runs.remove(0); // warms up
                runs.sort((a, b) -> Double.compare(millis(a), millis(b)));
                return runs.get(runs.size() / 2);
            } finally {
                ScratchDirectory.delete(scratch);
            }
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "no profile can be kept: " + e.getMessage(), e);
        }
    }
}
