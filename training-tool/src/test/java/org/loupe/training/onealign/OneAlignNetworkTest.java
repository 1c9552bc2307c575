package org.loupe.training.onealign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.OneAlignTensors;
import org.loupe.decode.Frame;
import org.loupe.export.GoldenSet;
import org.loupe.export.OneAlignPrompts;
import org.loupe.modelpackage.Manifest;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;

/** The libtorch network against the reference implementation's logits. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // opened before all tests
class OneAlignNetworkTest {
    private GoldenSet golden;
    private Path checkpoint;
    private OneAlignConfig config;
    private OneAlignNetwork network;
    private Preprocessor preprocessor;
    private double worst;

    @BeforeAll
    void loadTheCheckpoint(@TempDir Path scratch) throws IOException {
        golden = GoldenSet.open();
        checkpoint = golden.checkpoint(scratch);
        config = OneAlignConfig.read(checkpoint);
        preprocessor = Preprocessors.of(new Manifest.Input(
                Manifest.Mode.PAD_SQUARE,
                config.vision().imageSide(),
                config.input().padColour(),
                null,
                null,
                config.input().mean(),
                config.input().std(),
                "pillow-bicubic"));
        network = load(NumberType.FP32);
    }

    @AfterAll
    void close() {
        System.out.printf("golden parity: libtorch logits %.2e of %.2e%n", worst, golden.tolerance("logits"));
        network.close();
    }

    @Test
    void parametersAreCalledAsInTheCheckpoint() {
        assertThat(network.tensorNames())
                .containsExactlyInAnyOrderElementsOf(
                        OneAlignTensors.expected(config).keySet());
    }

    @Test
    void everyPictureScoresForEveryTaskAsInTheReference() throws IOException {
        for (JsonNode image : golden.json().get("images")) {
            ByteBuffer pixels = pixels(List.of(image.get("file").asText()));
            for (OneAlignPrompts.Prompt prompt : OneAlignPrompts.ALL) {
                compare(
                        image.get("tasks").get(prompt.spec().id()),
                        network.levelLogits(pixels, 1, 1, asked(prompt))[0],
                        golden.tolerance("logits"));
            }
        }
    }

    @Test
    void clipsScoreAsInTheReference() throws IOException {
        for (JsonNode video : golden.json().get("videos")) {
            List<String> files = new ArrayList<>();
            video.get("files").forEach(file -> files.add(file.asText()));
            OneAlignPrompts.Prompt prompt = OneAlignPrompts.ALL.get(3);
            compare(
                    video.get("tasks").get(prompt.spec().id()),
                    network.levelLogits(pixels(files), 1, files.size(), asked(prompt))[0],
                    golden.tolerance("logits"));
        }
    }

    @Test
    void rowsOfABatchScoreAsEachAlone() throws IOException {
        List<String> files = new ArrayList<>();
        golden.json().get("images").forEach(image -> files.add(image.get("file").asText()));
        OneAlignPrompts.Prompt prompt = OneAlignPrompts.ALL.get(0);
        float[][] logits = network.levelLogits(pixels(files), files.size(), 1, asked(prompt));
        for (int row = 0; row < logits.length; row++) {
            JsonNode expected = golden.json()
                    .get("images")
                    .get(row)
                    .get("tasks")
                    .get(prompt.spec().id());
            compare(expected, logits[row], golden.tolerance("logits"));
        }
    }

    @Test
    void sixteenBitsStayNear() throws IOException {
        try (OneAlignNetwork half = load(NumberType.BF16)) {
            JsonNode image = golden.json().get("images").get(0);
            OneAlignPrompts.Prompt prompt = OneAlignPrompts.ALL.get(0);
            float[] logits = half.levelLogits(pixels(List.of(image.get("file").asText())), 1, 1, asked(prompt))[0];
            // 8 bits of mantissa through four layers; logits of the tiny network are a few units large
            for (int level = 0; level < logits.length; level++) {
                double expected = image.get("tasks")
                        .get(prompt.spec().id())
                        .get("logits")
                        .get(level)
                        .asDouble();
                assertThat(Math.abs(logits[level] - expected)).isLessThan(0.25);
            }
        }
    }

    @Test
    void aPassLeavesNoNativeMemoryBehind() throws IOException {
        ByteBuffer pixels =
                pixels(List.of(golden.json().get("images").get(0).get("file").asText()));
        OneAlignNetwork.Prompt prompt = asked(OneAlignPrompts.ALL.get(1));
        network.levelLogits(pixels, 1, 1, prompt);
        long before = Pointer.totalCount();
        for (int i = 0; i < 20; i++) {
            network.levelLogits(pixels, 1, 1, prompt);
        }
        assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    }

    @Test
    void randomLayersShareOneSetOfParameters() throws IOException {
        try (OneAlignNetwork random = OneAlignNetwork.random(config, NumberType.FP32, 7)) {
            assertThat(random.tensorNames()).isEqualTo(network.tensorNames());
            ByteBuffer pixels = pixels(
                    List.of(golden.json().get("images").get(0).get("file").asText()));
            for (float logit : random.levelLogits(pixels, 1, 1, asked(OneAlignPrompts.ALL.get(0)))[0]) {
                assertThat(logit).isFinite();
            }
        }
    }

    @Test
    void refusesABufferOfAnotherSize() {
        assertThatThrownBy(() ->
                        network.levelLogits(ByteBuffer.allocateDirect(12), 1, 1, asked(OneAlignPrompts.ALL.get(0))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bytes");
    }

    private OneAlignNetwork load(NumberType type) throws IOException {
        try (Checkpoint tensors = Checkpoints.open(checkpoint)) {
            return OneAlignNetwork.load(config, tensors, type);
        }
    }

    private static OneAlignNetwork.Prompt asked(OneAlignPrompts.Prompt prompt) {
        return new OneAlignNetwork.Prompt(prompt.before(), prompt.after(), OneAlignPrompts.levelIds());
    }

    private ByteBuffer pixels(List<String> files) throws IOException {
        int side = config.vision().imageSide();
        ByteBuffer pixels = ByteBuffer.allocateDirect(files.size() * side * side * 3);
        for (String file : files) {
            Frame frame = preprocessor.apply(golden.picture(file));
            pixels.put(frame.rgb());
        }
        return pixels.flip();
    }

    private void compare(JsonNode expected, float[] logits, double tolerance) {
        for (int level = 0; level < logits.length; level++) {
            double deviation =
                    Math.abs(logits[level] - expected.get("logits").get(level).asDouble());
            worst = Math.max(worst, deviation);
            assertThat(deviation).as("logit %d", level).isLessThanOrEqualTo(tolerance);
        }
    }
}
