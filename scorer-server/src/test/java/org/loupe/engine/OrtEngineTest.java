package org.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** On the tiny OneAlign: 56 x 56 pixels, four prompts, five levels. */
@SuppressWarnings("NullAway.Init") // opened before each test
class OrtEngineTest {
    private static final int SIDE = 56;
    /** fp32 sums in another order: what the reference's own tolerance allows for logits. */
    private static final float TOLERANCE = 8e-5f;

    @TempDir
    private Path folder;

    private ModelPackage model;
    private OrtEngine engine;

    @BeforeEach
    void open() throws Exception {
        model = ModelPackage.open(
                Path.of(Objects.requireNonNull(OrtEngineTest.class.getResource("/models/tiny-align/model.json"))
                                .toURI())
                        .resolveSibling(""));
        engine = OrtEngine.open(model, EngineConfig.DEFAULT.withThreads(1));
    }

    @AfterEach
    void close() {
        engine.close();
        model.close();
    }

    @Test
    void aBatchScoresLikeItsParts() {
        ByteBuffer pixels = noise(3);
        EngineResult together = engine.run(
                new EngineBatch(3, SIDE, SIDE, pixels, new long[][] {{0}, {0}, {1}, {2}}, new long[] {0, 1, 0, 1}));

        for (int frame = 0; frame < 3; frame++) {
            int bytes = SIDE * SIDE * 3;
            ByteBuffer one = ByteBuffer.allocateDirect(bytes)
                    .put(pixels.slice(frame * bytes, bytes))
                    .flip();
            EngineResult alone =
                    engine.run(new EngineBatch(1, SIDE, SIDE, one, new long[][] {{0}, {0}}, new long[] {0, 1}));
            float[] row =
                    switch (frame) {
                        case 0 -> alone.levelLogits()[1];
                        case 1 -> alone.levelLogits()[0];
                        default -> alone.levelLogits()[1];
                    };
            assertThat(together.levelLogits()[frame + 1]).containsExactly(row, within(TOLERANCE));
            assertThat(together.frameEmbedding()[frame]).containsExactly(alone.frameEmbedding()[0], within(TOLERANCE));
        }
    }

    @Test
    void theSameBatchGivesTheSameBits() {
        EngineBatch batch = new EngineBatch(2, SIDE, SIDE, noise(2), new long[][] {{0, 1}}, new long[] {2});

        assertThat(engine.run(batch).levelLogits()).isEqualTo(engine.run(batch).levelLogits());
    }

    @Test
    void refusesABatchThatDoesNotFitTogether() {
        ByteBuffer pixels = noise(1);
        assertThatThrownBy(() -> engine.run(new EngineBatch(1, SIDE, SIDE, pixels, new long[][] {{1}}, new long[] {0})))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> engine.run(new EngineBatch(1, SIDE, SIDE, pixels, new long[][] {{0}}, new long[] {4})))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> engine.run(new EngineBatch(2, SIDE, SIDE, pixels, new long[][] {{0}}, new long[] {0})))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSizeTheGraphDoesNotTakeIsAModelFailure() {
        ByteBuffer pixels = ByteBuffer.allocateDirect(30 * 30 * 3);
        assertThatThrownBy(() -> engine.run(new EngineBatch(1, 30, 30, pixels, new long[][] {{0}}, new long[] {0})))
                .isInstanceOfSatisfying(
                        ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.MODEL_FAILED));
    }

    @Test
    void refusesAFileThatIsNoGraph() throws Exception {
        Path file = Files.writeString(folder.resolve("model.onnx"), "not a graph");
        assertThatThrownBy(() -> OrtGraph.open(file, EngineConfig.DEFAULT))
                .isInstanceOfSatisfying(ScoringException.class, e -> assertThat(e.reason())
                        .isEqualTo(ErrorReason.MODEL_PACKAGE_INVALID));
    }

    @Test
    void aClosedGraphRefusesToRunAndClosesTwice() {
        engine.close();
        engine.close();
        assertThatThrownBy(
                        () -> engine.run(new EngineBatch(1, SIDE, SIDE, noise(1), new long[][] {{0}}, new long[] {0})))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void runsOnlyTheOutputsAskedFor() {
        try (OrtGraph graph = OrtGraph.open(model.graph(), EngineConfig.DEFAULT)) {
            EngineBatch batch = new EngineBatch(1, SIDE, SIDE, noise(1), new long[][] {{0}}, new long[] {0});
            assertThat(graph.run(batch, Set.of("frame_embedding"))).containsOnlyKeys("frame_embedding");
        }
    }

    private static ByteBuffer noise(int frames) {
        byte[] bytes = new byte[frames * SIDE * SIDE * 3];
        new Random(7).nextBytes(bytes);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }
}
