package org.loupe.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.loupe.device.Device;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** A model package's graph on one device, checked against its manifest. */
public final class OrtEngine implements Engine {
    private static final String LEVEL_LOGITS = "level_logits";
    private static final String FRAME_EMBEDDING = "frame_embedding";
    private static final Set<String> OUTPUTS = Set.of(LEVEL_LOGITS, FRAME_EMBEDDING);

    private final OrtGraph graph;
    private final Manifest manifest;

    private OrtEngine(OrtGraph graph, Manifest manifest) {
        this.graph = graph;
        this.manifest = manifest;
    }

    /**
     * Loads the graph of a package onto the one device that the settings ask for, of several the first. The package stays the caller's and
     * must stay open as long as the engine.
     *
     * @throws ScoringException MODEL_PACKAGE_INVALID if the runtime refuses the graph or its signature is not ours, DEVICE_UNAVAILABLE if
     *     the settings name a device that cannot be used
     */
    public static OrtEngine open(ModelPackage model, EngineConfig config) {
        return Placement.openOne(config.deviceChoice(), device -> open(model, config, device));
    }

    /** As {@link #open(ModelPackage, EngineConfig)}, onto exactly that device. */
    public static OrtEngine open(ModelPackage model, EngineConfig config, Device device) {
        OrtGraph graph = OrtGraph.open(model.graph(), config, device);
        try {
            checkSignature(graph, model.manifest());
            return new OrtEngine(graph, model.manifest());
        } catch (RuntimeException e) {
            graph.close();
            throw e;
        }
    }

    private static void checkSignature(OrtGraph graph, Manifest manifest) {
        List<String> problems = new ArrayList<>();
        for (String input : List.of(OrtGraph.PIXELS, OrtGraph.ROW_FRAMES, OrtGraph.ROW_PROMPT)) {
            if (!graph.inputNames().contains(input)) {
                problems.add("no input " + input);
            }
        }
        for (String output : List.of(LEVEL_LOGITS, FRAME_EMBEDDING)) {
            if (!graph.outputNames().contains(output)) {
                problems.add("no output " + output);
            } else if (graph.outputShape(output).length != 2) {
                problems.add("output " + output + " is no matrix");
            }
        }
        long[] logits = graph.outputShape(LEVEL_LOGITS);
        if (logits.length == 2
                && logits[1] > 0
                && logits[1] != manifest.levels().size()) {
            problems.add("level_logits has " + logits[1] + " columns for "
                    + manifest.levels().size() + " levels");
        }
        if (!problems.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.MODEL_PACKAGE_INVALID,
                    "the graph of " + manifest.ref() + ": " + String.join("; ", problems));
        }
    }

    /** As {@link #open(ModelPackage, EngineConfig)}, onto every device that the settings ask for. */
    static Engine openAll(ModelPackage model, EngineConfig config) {
        List<OrtEngine> engines = Placement.open(config.deviceChoice(), device -> open(model, config, device));
        return engines.size() == 1 ? engines.get(0) : new EngineGroup(engines);
    }

    @Override
    public List<Device> devices() {
        return List.of(graph.device());
    }

    @Override
    public EngineResult run(EngineBatch batch) {
        int prompts = manifest.prompts().size();
        for (long prompt : batch.rowPrompt()) {
            if (prompt < 0 || prompt >= prompts) {
                throw new IllegalArgumentException("prompt " + prompt + " of " + prompts);
            }
        }
        AdapterHandle adapter = batch.adapter();
        if (adapter != null && !adapter.manifest().base().digest().equals(manifest.digest())) {
            throw new IllegalArgumentException(
                    adapter.manifest().name() + " is no adapter of " + manifest.name() + " " + manifest.version());
        }
        Map<String, float[][]> out = graph.run(batch, OUTPUTS);
        return new EngineResult(output(out, LEVEL_LOGITS), output(out, FRAME_EMBEDDING));
    }

    @Override
    public AdapterHandle addAdapter(AdapterPackage adapter) {
        adapter.requireFits(manifest);
        return OrtAdapter.open(adapter);
    }

    private static float[][] output(Map<String, float[][]> outputs, String name) {
        float[][] values = outputs.get(name);
        if (values == null) {
            throw new ScoringException(ErrorReason.MODEL_FAILED, "the run gave no " + name);
        }
        return values;
    }

    @Override
    public void close() {
        graph.close();
    }
}
