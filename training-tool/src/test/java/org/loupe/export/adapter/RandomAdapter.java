package org.loupe.export.adapter;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.checkpoint.SafetensorsBytes;
import org.loupe.checkpoint.TensorInfo;

/** A PEFT adapter of random numbers for a base checkpoint, and the same base with the adapter merged into it in double precision. */
final class RandomAdapter {
    static final String ABSTRACTOR = "model.visual_abstractor.";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path base;
    private final int rank;
    private final double alpha;
    private final Random random;
    private final List<String> modules = new ArrayList<>();
    private final Map<String, float[]> changed = new LinkedHashMap<>();
    private final Map<String, Integer> ranks = new HashMap<>();
    private Consumer<ObjectNode> configEdit = node -> {};
    private double scale;
    private boolean abstractor;
    private boolean positions;
    private float moved;

    RandomAdapter(Path base, int rank, double alpha, long seed) {
        this.base = base;
        this.rank = rank;
        this.alpha = alpha;
        this.scale = alpha / rank;
        this.random = new Random(seed);
    }

    /** Adds a low-rank pair to every module whose name ends so. */
    RandomAdapter at(String... moduleEnds) {
        modules.addAll(List.of(moduleEnds));
        return this;
    }

    /** Changes the abstractor in full. */
    RandomAdapter withAbstractor() {
        abstractor = true;
        return this;
    }

    /** Lists the abstractor's position tables among its tensors too, as Q-Align does, with something added to the last number of each. */
    RandomAdapter withPositions(float added) {
        positions = true;
        moved = added;
        return this;
    }

    /** Writes another configuration than the tensors follow from. */
    RandomAdapter config(Consumer<ObjectNode> edit) {
        configEdit = edit;
        return this;
    }

    /** Gives modules another rank than the configuration's, by the ends of their names. */
    RandomAdapter rankAt(String moduleEnd, int otherRank) {
        ranks.put(moduleEnd, otherRank);
        return this;
    }

    /** What B A is multiplied by in the merged checkpoint where it is not alpha over rank. */
    RandomAdapter scaled(double factor) {
        scale = factor;
        return this;
    }

    /** Writes the PEFT directory. */
    void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        ObjectNode config = JSON.createObjectNode()
                .put("peft_type", "LORA")
                .put("bias", "none")
                .put("r", rank)
                .put("lora_alpha", alpha);
        modules.forEach(config.withArray("target_modules")::add);
        configEdit.accept(config);
        Files.writeString(directory.resolve(PeftConfig.FILE), config.toPrettyString());
        SafetensorsBytes pairs = new SafetensorsBytes();
        SafetensorsBytes whole = new SafetensorsBytes();
        try (Checkpoint checkpoint = Checkpoints.open(base)) {
            for (TensorInfo info : checkpoint.tensors().values().stream()
                    .sorted((a, b) -> a.name().compareTo(b.name()))
                    .toList()) {
                if (positions && info.name().endsWith("pos_embed")) {
                    float[] values = all(checkpoint, info);
                    values[values.length - 1] += moved;
                    whole.add("base_model.model." + info.name(), "F32", shape(info), values);
                } else if (abstractor
                        && info.name().startsWith(ABSTRACTOR)
                        && !info.name().endsWith("pos_embed")) {
                    float[] values = all(checkpoint, info);
                    for (int i = 0; i < values.length; i++) {
                        values[i] += (float) (0.1 * random.nextGaussian());
                    }
                    changed.put(info.name(), values);
                    whole.add("base_model.model." + info.name(), "F32", shape(info), values);
                } else if (info.name().endsWith(".weight")) {
                    String module = info.name().substring(0, info.name().length() - ".weight".length());
                    if (modules.stream().anyMatch(module::endsWith)) {
                        pair(checkpoint, module, info, pairs);
                    }
                }
            }
        }
        pairs.write(directory.resolve("adapter_model.safetensors"));
        if (abstractor) {
            whole.write(directory.resolve("non_lora_trainables.safetensors"));
        }
    }

    private void pair(Checkpoint checkpoint, String module, TensorInfo info, SafetensorsBytes file) throws IOException {
        int r = ranks.entrySet().stream()
                .filter(entry -> module.endsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(rank);
        int out = Math.toIntExact(info.shape().get(0));
        int in = Math.toIntExact(info.shape().get(1));
        float[] a = gaussians(r * in, 1 / Math.sqrt(in));
        float[] b = gaussians(out * r, 1 / Math.sqrt(r));
        file.add("base_model.model." + module + ".lora_A.weight", "F32", new long[] {r, in}, a);
        file.add("base_model.model." + module + ".lora_B.weight", "F32", new long[] {out, r}, b);
        float[] merged = all(checkpoint, info);
        for (int o = 0; o < out; o++) {
            for (int i = 0; i < in; i++) {
                double sum = merged[o * in + i];
                for (int k = 0; k < r; k++) {
                    sum += scale * b[o * r + k] * a[k * in + i];
                }
                merged[o * in + i] = (float) sum;
            }
        }
        changed.put(info.name(), merged);
    }

    /** Writes the base as it is with the adapter merged into it; after {@link #write}. */
    Path merged(Path directory) throws IOException {
        Files.createDirectories(directory);
        for (String file : new String[] {"config.json", "preprocessor_config.json"}) {
            Files.copy(base.resolve(file), directory.resolve(file));
        }
        SafetensorsBytes tensors = new SafetensorsBytes();
        try (Checkpoint checkpoint = Checkpoints.open(base)) {
            for (TensorInfo info : checkpoint.tensors().values()) {
                float[] values = changed.get(info.name());
                tensors.add(info.name(), "F32", shape(info), values == null ? all(checkpoint, info) : values);
            }
        }
        tensors.write(directory.resolve("model.safetensors"));
        return directory;
    }

    private float[] gaussians(int count, double spread) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (spread * random.nextGaussian());
        }
        return values;
    }

    private static float[] all(Checkpoint checkpoint, TensorInfo info) throws IOException {
        float[] values = new float[Math.toIntExact(info.elements())];
        checkpoint.read(info.name(), 0, values, 0, values.length);
        return values;
    }

    private static long[] shape(TensorInfo info) {
        return info.shape().stream().mapToLong(Long::longValue).toArray();
    }
}
