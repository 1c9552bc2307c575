package org.loupe.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtGraph;
import org.loupe.export.GoldenSet;
import org.loupe.export.ModelImport;
import org.loupe.export.ModelImporter;
import org.loupe.export.NetworkDimensions;
import org.loupe.export.Precision;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // opened before all tests
class WorkbenchTest {
    private static final EngineConfig ONE_THREAD = EngineConfig.DEFAULT.withThreads(1);

    private OneAlignConfig config;
    private Path checkpoint;
    private ModelPackage model;

    @BeforeAll
    void importTheTinyCheckpoint(@TempDir Path scratch) throws IOException {
        checkpoint = GoldenSet.open().checkpoint(scratch);
        config = OneAlignConfig.read(checkpoint);
        Path out = scratch.resolve("package");
        ModelImporter.run(
                new ModelImport(
                        checkpoint,
                        out,
                        "tiny-align",
                        "1",
                        Precision.FP32,
                        new Manifest.Licence("unknown", "unknown", null),
                        null,
                        8),
                (step, done, total) -> {});
        model = ModelPackage.open(out);
    }

    @AfterAll
    void close() {
        model.close();
    }

    @Test
    void packageTellsTheDimensionsOfItsNetwork() {
        assertThat(NetworkDimensions.of(model.manifest())).contains(config);
    }

    @Test
    void visionPartGivesTheSameEmbeddingAsTheWholeGraph() {
        Workbench bench = new Workbench(model, ONE_THREAD);
        EngineBatch batch = bench.oneTask(2);
        Set<String> wanted = Set.of(Workbench.FRAME_EMBEDDING);
        try (OrtGraph whole = bench.openWhole();
                OrtGraph vision = bench.openVision()) {
            float[][] expected = whole.run(batch, wanted).get(Workbench.FRAME_EMBEDDING);
            assertThat(vision.run(batch, wanted).get(Workbench.FRAME_EMBEDDING)).isDeepEqualTo(expected);
            assertThat(vision.outputNames()).containsExactly(Workbench.FRAME_EMBEDDING);
        }
    }

    @Test
    void countsTheProductsOfTheVisionPartByTheBook() {
        double expected = 2 * (visionProducts() + abstractorProducts());
        double found =
                MatrixProducts.flop(new Workbench(model, ONE_THREAD).profile().vision());
        assertThat(found).isCloseTo(expected, within(1.0));
    }

    @Test
    void countsWhatTheConstantPrefixAndTheAnswersTailSave() {
        Workbench.Profiles profiles = new Workbench(model, ONE_THREAD).profile();
        double prefill = MatrixProducts.flop(profiles.whole()) - MatrixProducts.flop(profiles.vision());
        // texts may be padded to the longest of all prompts, prefixes too
        assertThat(prefill).isBetween(2 * prefillProducts(12, 15) - 1, 2 * prefillProducts(15, 18) + 1);
        assertThat(MatrixProducts.flop(profiles.prefillNodes())).isCloseTo(prefill, within(1.0));
    }

    @Test
    void measuresBothPartsTheSecondTaskAndTheEagerNetwork() throws IOException {
        PackageBench.Outcome outcome = new PackageBench(model, ONE_THREAD, 1, PackageBench.LEAST_ROUNDS, checkpoint)
                .measure((step, done, total) -> {});
        JsonNode json = new ObjectMapper().readTree(Report.json(outcome.figures()));
        assertThat(List.copyOf(json.properties()).stream().map(java.util.Map.Entry::getKey))
                .containsExactly(
                        "device", "threads", "precision", "parts", "bothTasksOverTwiceOneTask", "eagerOverGraph");
        assertThat(json.get("parts").get("vision").get("millis").asDouble()).isPositive();
        assertThat(json.get("parts").get("prefill").get("tflop").asDouble()).isPositive();
        assertThat(json.get("eagerOverGraph").asDouble()).isPositive();
        assertThat(Report.table(model.manifest(), outcome)).anyMatch(line -> line.startsWith("prefill"));
    }

    @Test
    void modelWithoutALanguageModelHasNoPrefill() throws IOException {
        try (ModelPackage small = ModelResolver.standard().open("loupe-small")) {
            PackageBench.Outcome outcome = new PackageBench(small, ONE_THREAD, 1, PackageBench.LEAST_ROUNDS, null)
                    .measure((step, done, total) -> {});
            JsonNode json = new ObjectMapper().readTree(Report.json(outcome.figures()));
            assertThat(json.get("parts").get("prefill").isNull()).isTrue();
            assertThat(json.get("eagerOverGraph").isNull()).isTrue();
            assertThat(json.get("parts").get("vision").get("millis").asDouble()).isPositive();
        }
    }

    @Test
    void comparesVariantsOfACheckpointAndLeavesNothingBehind(@TempDir Path scratch) throws IOException {
        Comparison.Outcome outcome = new Comparison(
                        checkpoint,
                        ONE_THREAD,
                        1,
                        PackageBench.LEAST_ROUNDS,
                        List.of(Precision.FP32, Precision.INT8),
                        List.of(1, 2))
                .measure(scratch, (step, done, total) -> {});
        assertThat(outcome.peak().int8()).isPositive();
        assertThat(outcome.variants()).hasSize(4);
        double constant = tflop(outcome.variants().get(0));
        double computed = tflop(outcome.variants().get(1));
        assertThat(computed).isGreaterThan(constant);
        assertThat(Comparison.markdown(outcome)).anyMatch(line -> line.startsWith("| int8 | constant |"));
        assertThat(scratch).isEmptyDirectory();
    }

    private static double tflop(Comparison.Variant variant) {
        Figures.Part prefill = variant.figures().parts().prefill();
        return prefill == null ? 0 : prefill.tflop();
    }

    /** Multiply-adds, from the network's dimensions alone. */
    private double visionProducts() {
        OneAlignConfig.Vision vision = config.vision();
        double tokens = vision.tokens();
        double width = vision.width();
        double patches = (tokens - 1) * 3 * vision.patchSide() * vision.patchSide() * width;
        double linear = tokens * (4 * width * width + 2 * width * vision.inner());
        return patches + vision.layers() * (linear + 2 * tokens * tokens * width);
    }

    private double abstractorProducts() {
        double width = config.vision().width();
        double queries = config.abstractor().queries();
        double keys = queries + config.vision().tokens();
        double layer = 2 * queries * width * width
                + 2 * keys * width * width
                + 2 * queries * keys * width
                + 3 * queries * width * config.abstractor().inner();
        return config.abstractor().layers() * layer
                + queries * width * config.language().width();
    }

    private double prefillProducts(double text, double prefix) {
        OneAlignConfig.Language language = config.language();
        double tokens = config.abstractor().rows() + text;
        double width = language.width();
        double ofEach = 2 * width * width + 3 * width * language.inner(); // query, output, MLP
        double keysAndValues = 2 * tokens * width * width;
        double full = tokens * ofEach + keysAndValues + 2 * tokens * (tokens + prefix) * width;
        double last = ofEach + keysAndValues + 2 * (tokens + prefix) * width;
        return (language.layers() - 1) * full + last + width * 5;
    }
}
