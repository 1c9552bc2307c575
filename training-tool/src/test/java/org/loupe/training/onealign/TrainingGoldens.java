package org.loupe.training.onealign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.export.GoldenSet;
import org.loupe.export.OneAlignPrompts;
import org.loupe.modelpackage.Manifest;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.Level;
import org.loupe.score.Task;
import org.loupe.training.onealign.loss.AnswerLoss;
import org.loupe.training.onealign.text.Conversation;
import org.loupe.training.onealign.text.Dialogue;

/** The training part of a golden set, and the largest deviation from each kind of figure in it. */
final class TrainingGoldens {
    private static final String[] PHOTOGRAPHS = {"singapore_flyer", "boy_colorful"};
    private static final double ZERO = 1e-6;

    private final GoldenSet golden;
    private final Path checkpoint;
    private final OneAlignConfig config;
    private final Map<String, double[]> worst = new TreeMap<>();

    private TrainingGoldens(GoldenSet golden, Path checkpoint) throws IOException {
        this.golden = golden;
        this.checkpoint = checkpoint;
        this.config = OneAlignConfig.read(checkpoint);
    }

    static TrainingGoldens open(Path scratch) throws IOException {
        GoldenSet golden = GoldenSet.open();
        return new TrainingGoldens(golden, golden.checkpoint(scratch));
    }

    JsonNode full() throws IOException {
        return read("training/full_finetune.json");
    }

    JsonNode lora() throws IOException {
        return read("training/lora/lora.json");
    }

    JsonNode deqa() throws IOException {
        return read("training/deqa_losses.json");
    }

    private JsonNode read(String file) throws IOException {
        return new ObjectMapper().readTree(Files.readAllBytes(golden.file(file)));
    }

    double tolerance(String name) throws IOException {
        return full().get("tolerance").get(name).asDouble();
    }

    double deqaTolerance(String name) throws IOException {
        return deqa().get("tolerance").get(name).asDouble();
    }

    boolean hasPhotographs() {
        for (JsonNode image : golden.json().get("images")) {
            if (image.get("name").asText().equals(PHOTOGRAPHS[0])) {
                return true;
            }
        }
        return false;
    }

    /** Everything learns, as far as the set allows. */
    Tuning fullTuning() {
        return hasPhotographs() ? Tuning.FULL : new Tuning(EnumSet.complementOf(EnumSet.of(Tuning.Part.VISION)), null);
    }

    /** The batch's conversations, built by us; ids and labels must be those of the set. */
    List<Conversation> conversations(JsonNode batch) {
        List<Conversation> said = new ArrayList<>();
        for (int row = 0; row < PHOTOGRAPHS.length; row++) {
            said.add(find(batch.get("input_ids").get(row)));
            int[] labels = said.get(row).labels();
            for (int i = 0; i < labels.length; i++) {
                assertThat(labels[i])
                        .isEqualTo(batch.get("labels").get(row).get(i).asInt());
            }
        }
        return said;
    }

    private static Conversation find(JsonNode ids) {
        for (String question : Dialogue.questions(Task.QUALITY, false)) {
            for (Level level : Level.values()) {
                Conversation said = Dialogue.V1.about(question, Task.QUALITY, false, level);
                if (begins(ids, said.inputIds())) {
                    return said;
                }
            }
        }
        throw new IllegalArgumentException("no conversation has the ids " + ids);
    }

    private static boolean begins(JsonNode ids, int[] own) {
        for (int i = 0; i < own.length; i++) {
            if (ids.get(i).asInt() != own[i]) {
                return false;
            }
        }
        return true;
    }

    TrainableOneAlign load(Tuning tuning, boolean recompute) throws IOException {
        return load(tuning, NumberType.FP32, recompute);
    }

    private TrainableOneAlign load(Tuning tuning, NumberType type, boolean recompute) throws IOException {
        try (Checkpoint tensors = Checkpoints.open(checkpoint)) {
            return TrainableOneAlign.load(config, tensors, type, tuning, recompute, "cpu", 1);
        }
    }

    TrainableOneAlign loadAdapter(Tuning tuning, boolean recompute) throws IOException {
        return loadAdapter(tuning, NumberType.FP32, recompute);
    }

    /** With the set's adapter in place of the random one. */
    TrainableOneAlign loadAdapter(Tuning tuning, NumberType type, boolean recompute) throws IOException {
        TrainableOneAlign network = load(tuning, type, recompute);
        try (Checkpoint adapter = Checkpoints.openFile(golden.file("training/lora/adapter_model.safetensors"));
                PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            for (Map.Entry<String, Tensor> each : network.trained().entrySet()) {
                if (each.getKey().contains(".lora_")) {
                    float[] values = new float[(int) each.getValue().numel()];
                    adapter.read("base_model.model." + each.getKey(), 0, values, 0, values.length);
                    each.getValue().copy_(Tensor.create(values).view_as(each.getValue()));
                }
            }
        }
        return network;
    }

    double addGradients(TrainableOneAlign network, List<Conversation> said, AnswerLoss loss) throws IOException {
        return addGradients(network, said, 0, said.size(), loss, 1, 3);
    }

    double addGradients(TrainableOneAlign network, List<Conversation> said, long seed) throws IOException {
        return addGradients(network, said, 0, said.size(), AnswerLoss.CROSS_ENTROPY, 1, seed);
    }

    double addGradients(TrainableOneAlign network, List<Conversation> said, int row, AnswerLoss loss, double share)
            throws IOException {
        return addGradients(network, said, row, row + 1, loss, share, 3);
    }

    private double addGradients(
            TrainableOneAlign network,
            List<Conversation> said,
            int from,
            int to,
            AnswerLoss loss,
            double share,
            long seed)
            throws IOException {
        int side = config.vision().imageSide();
        ByteBuffer pixels = ByteBuffer.allocateDirect((to - from) * side * side * 3);
        if (hasPhotographs()) {
            for (int row = from; row < to; row++) {
                pixels.put(pixels(golden.image(PHOTOGRAPHS[row]).get("file").asText()));
            }
        }
        pixels.clear();
        TrainingBatch batch = new TrainingBatch(pixels, 1, said.subList(from, to));
        if (hasPhotographs()) {
            return network.addGradients(batch, loss, share, seed);
        }
        try (PointerScope scope = new PointerScope()) {
            int tokens = config.vision().tokens();
            int width = config.vision().width();
            float[] features = new float[(to - from) * tokens * width];
            for (int row = from; row < to; row++) {
                float[] one = golden.array("tiny-align.golden/" + PHOTOGRAPHS[row] + ".vision.npy");
                System.arraycopy(one, 0, features, (row - from) * one.length, one.length);
            }
            Tensor in = Tensor.create(features, to - from, tokens, width)
                    .to(network.network().scalarType());
            return network.addGradientsFromFeatures(in, batch, loss, share, seed);
        }
    }

    private byte[] pixels(String file) {
        Preprocessor preprocessor = Preprocessors.of(new Manifest.Input(
                Manifest.Mode.PAD_SQUARE,
                config.vision().imageSide(),
                config.input().padColour(),
                null,
                null,
                config.input().mean(),
                config.input().std(),
                "pillow-bicubic"));
        return preprocessor.apply(golden.picture(file)).rgb();
    }

    void compare(String what, double found, JsonNode expected, double allowed) {
        double deviation = Math.abs(found - expected.asDouble());
        note(what, deviation, allowed);
        assertThat(found).as(what).isCloseTo(expected.asDouble(), within(allowed));
    }

    /** Norms of all gradients that both have; those of key biases are zero but for rounding. */
    void compareGradients(String what, TrainableOneAlign network, JsonNode expected) throws IOException {
        double allowed = tolerance("grad_norm_rel");
        int compared = 0;
        for (Map.Entry<String, Tensor> each : network.trained().entrySet()) {
            JsonNode norm = expected.get(each.getKey());
            if (norm != null && !each.getKey().endsWith("attention.key.bias")) {
                try (PointerScope scope = new PointerScope()) {
                    Tensor gradient = each.getValue().grad();
                    compareNorm(
                            what + " " + each.getKey(), what, gradient.defined() ? norm(gradient) : 0, norm, allowed);
                }
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(7);
    }

    void compareNorms(String what, TrainableOneAlign network, JsonNode expected) throws IOException {
        for (Map.Entry<String, JsonNode> each : expected.properties()) {
            Tensor parameter = Objects.requireNonNull(network.trained().get(each.getKey()), each.getKey());
            compareNorm(each.getKey(), what, norm(parameter), each.getValue(), tolerance("grad_norm_rel"));
        }
    }

    private void compareNorm(String name, String what, double found, JsonNode expected, double allowed) {
        double scale = Math.max(expected.asDouble(), ZERO / allowed);
        double deviation = Math.abs(found - expected.asDouble()) / scale;
        note(what, deviation, allowed);
        assertThat(deviation).as(name).isLessThanOrEqualTo(allowed);
    }

    /** Steps with the set's optimiser. */
    void compareSteps(String what, TrainableOneAlign network, List<Conversation> said, JsonNode losses)
            throws IOException {
        JsonNode optimiser = full().get("optimizer");
        TensorVector parameters = new TensorVector(network.trained().values().toArray(new Tensor[0]));
        AdamWOptions options = new AdamWOptions(optimiser.get("lr").asDouble());
        options.weight_decay().put(0);
        try (AdamW adamW = new AdamW(parameters, options)) {
            for (int step = 0; step < losses.size(); step++) {
                adamW.zero_grad();
                double loss = addGradients(network, said, AnswerLoss.CROSS_ENTROPY);
                compare(what, loss, losses.get(step), tolerance("loss_sequence_abs"));
                if (step < losses.size() - 1) { // the last loss is the one after all steps
                    adamW.step();
                }
            }
        }
    }

    void compareMerged(TrainableOneAlign network) throws IOException {
        double allowed = lora().get("tolerance_abs").get("logits").asDouble();
        for (JsonNode image : lora().get("merged_inference")) {
            String file = golden.image(image.get("image").asText()).get("file").asText();
            int side = config.vision().imageSide();
            ByteBuffer pixels =
                    ByteBuffer.allocateDirect(side * side * 3).put(pixels(file)).flip();
            for (OneAlignPrompts.Prompt prompt : OneAlignPrompts.ALL) {
                JsonNode expected = image.get(prompt.spec().id());
                if (expected != null) {
                    float[] logits = network.network()
                            .levelLogits(
                                    pixels,
                                    1,
                                    1,
                                    new OneAlignNetwork.Prompt(
                                            prompt.before(), prompt.after(), OneAlignPrompts.levelIds()))[0];
                    for (int level = 0; level < logits.length; level++) {
                        compare(
                                "LoRA: merged logits",
                                logits[level],
                                expected.get("logits").get(level),
                                allowed);
                    }
                }
            }
        }
    }

    static double norm(Tensor tensor) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            return tensor.norm().item_double();
        }
    }

    private void note(String what, double deviation, double allowed) {
        worst.merge(what, new double[] {deviation, allowed}, (a, b) -> a[0] >= b[0] ? a : b);
    }

    void report() {
        worst.forEach((what, found) -> System.out.printf("golden parity: %s %.2e of %.2e%n", what, found[0], found[1]));
    }

    static long[] longs(JsonNode array) {
        long[] values = new long[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).asLong();
        }
        return values;
    }

    static float[] floats(JsonNode array) {
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) array.get(i).asDouble();
        }
        return values;
    }

    static float[][] rows(JsonNode arrays) {
        float[][] rows = new float[arrays.size()][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = floats(arrays.get(i));
        }
        return rows;
    }
}
