package org.loupe.export;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.decode.Frame;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;

/** Every stage inside the graph against what the reference has there: a wrong score then tells where it went wrong. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // opened before all tests
class OneAlignStagesTest {
    private static final String PIXELS = "stage_pixels";
    private static final String VISION = "stage_vision";
    private static final String ABSTRACTOR = "stage_abstractor";

    private static final String IMAGE_ROWS = "llm_image_";
    private static final String TEXT_ROWS = "llm_text_";

    private final Map<String, Double> worst = new LinkedHashMap<>();
    private GoldenSet golden;
    private OneAlignConfig config;
    private Preprocessor preprocessor;
    private DebugRun graph;

    @BeforeAll
    void openGraphWithStagesAsOutputs(@TempDir Path scratch) throws IOException, OrtException {
        golden = GoldenSet.open();
        Path checkpoint = golden.checkpoint(scratch);
        config = OneAlignConfig.read(checkpoint);
        preprocessor = Preprocessors.of(OneAlignManifest.input(config));
        Path directory = Files.createDirectory(scratch.resolve("graph"));
        try (Checkpoint tensors = Checkpoints.open(checkpoint)) {
            GraphBuilder builder = OneAlignGraph.build(
                    config, tensors, OneAlignPrompts.ALL, 8, AdapterTargets.NONE, Precision.FP32, done -> {});
            expose(builder, "/normalise/Gather/output", PIXELS, 4);
            expose(builder, "/model/vision_model/post_layernorm/SkipLayerNormalization/output_0", VISION, 2);
            expose(builder, "/model/visual_abstractor/Concat/output", ABSTRACTOR, 3);
            expose(builder, "/model/vision_model/embeddings/rows/Reshape/output", "vision_0", 2);
            for (int i = 1; i <= config.vision().layers(); i++) {
                String norm = i < config.vision().layers()
                        ? "/model/vision_model/encoder/layers." + i + "/input_layernorm"
                        : "/model/vision_model/post_layernorm";
                expose(builder, norm + "/SkipLayerNormalization/output_3", "vision_" + i, 2);
            }
            expose(builder, "/rows/image/Reshape/output", IMAGE_ROWS + 0, 2);
            expose(builder, "/rows/text/Reshape/output", TEXT_ROWS + 0, 2);
            for (int i = 1; i < config.language().layers(); i++) {
                String norm = "/model/layers." + i + "/input_layernorm/multiway.";
                expose(builder, norm + "1/SkipSimplifiedLayerNormalization/output_3", IMAGE_ROWS + i, 2);
                expose(builder, norm + "0/SkipSimplifiedLayerNormalization/output_3", TEXT_ROWS + i, 2);
            }
            expose(builder, "/model/norm/SkipSimplifiedLayerNormalization/output_0", "llm_norm", 2);
            builder.write(directory);
        }
        graph = new DebugRun(directory);
    }

    @AfterAll
    void closeGraph() throws OrtException {
        worst.forEach((stage, deviation) ->
                System.out.printf("golden parity: %-14s %.2e of %.2e%n", stage, deviation, golden.tolerance(stage)));
        graph.close();
    }

    @Test
    void pixelValuesAreEqual() throws IOException, OrtException {
        for (JsonNode image : golden.json().get("images")) {
            float[] found = run(image, Set.of(PIXELS)).get(PIXELS);
            float[] expected = golden.array(image.get("pixel_values").asText());
            int area = expected.length / 3;
            float[] interleaved = new float[expected.length];
            for (int i = 0; i < expected.length; i++) {
                interleaved[i % area * 3 + i / area] = expected[i];
            }
            note("pixel_values", found, interleaved);
            assertThat(found).as(image.get("name").asText()).isEqualTo(interleaved);
        }
    }

    @Test
    void visionAndAbstractorStayWithinTolerance() throws IOException, OrtException {
        for (JsonNode image : golden.json().get("images")) {
            DebugRun.Values found = run(image, Set.of(VISION, ABSTRACTOR));
            compare(
                    "vision",
                    found.get(VISION),
                    golden.array(image.get("vision").asText()));
            compare(
                    "abstractor",
                    found.get(ABSTRACTOR),
                    golden.array(image.get("abstractor").asText()));
        }
    }

    @Test
    void everyLayerStaysWithinTolerance() throws IOException, OrtException {
        JsonNode deep = golden.json().get("deep");
        if (deep == null) {
            return; // the committed set has no picture for it
        }
        Set<String> wanted = new HashSet<>(Set.of("llm_norm"));
        for (int i = 0; i <= config.vision().layers(); i++) {
            wanted.add("vision_" + i);
        }
        for (int i = 0; i < config.language().layers(); i++) {
            wanted.add(IMAGE_ROWS + i);
            wanted.add(TEXT_ROWS + i);
        }
        DebugRun.Values found = run(golden.image(deep.get("image").asText()), wanted);
        float[] vision = golden.array(deep.get("vision_hidden").asText());
        int size = vision.length / (config.vision().layers() + 1);
        for (int i = 0; i <= config.vision().layers(); i++) {
            compare("vision", found.get("vision_" + i), Arrays.copyOfRange(vision, i * size, (i + 1) * size));
        }
        OneAlignPrompts.Prompt prompt = OneAlignPrompts.ALL.get(0);
        int width = config.language().width();
        int before = prompt.before().length;
        int inGraph = config.abstractor().rows() + prompt.after().length;
        int tokens = before + inGraph;
        float[] hidden = golden.array(deep.get("llm_hidden").asText());
        for (int i = 0; i < config.language().layers(); i++) {
            float[] image = found.get(IMAGE_ROWS + i);
            float[] rows = Arrays.copyOf(image, inGraph * width);
            System.arraycopy(found.get(TEXT_ROWS + i), 0, rows, image.length, rows.length - image.length);
            compare(
                    "llm_hidden",
                    rows,
                    Arrays.copyOfRange(hidden, (i * tokens + before) * width, (i + 1) * tokens * width));
        }
        int last = (config.language().layers() + 1) * tokens * width;
        compare("llm_hidden", found.get("llm_norm"), Arrays.copyOfRange(hidden, last - width, last));
    }

    private DebugRun.Values run(JsonNode image, Set<String> wanted) throws IOException, OrtException {
        Frame frame = preprocessor.apply(golden.picture(image.get("file").asText()));
        return graph.run(List.of(frame), new long[][] {{0}}, new long[] {0}, wanted);
    }

    private void compare(String stage, float[] found, float[] expected) {
        assertThat(note(stage, found, expected)).as(stage).isLessThanOrEqualTo(golden.tolerance(stage));
    }

    private double note(String stage, float[] found, float[] expected) {
        assertThat(found).hasSameSizeAs(expected);
        double largest = 0;
        for (int i = 0; i < found.length; i++) {
            largest = Math.max(largest, Math.abs((double) found[i] - expected[i]));
        }
        worst.merge(stage, largest, Math::max);
        return largest;
    }

    private static void expose(GraphBuilder builder, String value, String name, int rank) {
        Object[] dims = new Object[rank];
        for (int i = 0; i < rank; i++) {
            dims[i] = name + i;
        }
        builder.output(value, name, DataType.FLOAT, dims);
    }
}
