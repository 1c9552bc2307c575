package org.loupe.export.small;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.loupe.decode.Frame;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtGraph;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

class ScoreModelGraphTest {
    private static final EngineConfig ONE_THREAD = EngineConfig.DEFAULT.withThreads(1);

    private final Random random = new Random(8);
    private final Path directory;

    ScoreModelGraphTest(@TempDir Path directory) {
        this.directory = directory;
    }

    @ParameterizedTest
    @CsvSource({"64,64", "97,71", "131,65", "40,90", "1,1"})
    void levelsAgreeWithPlainLoops(int width, int height) throws IOException {
        SmallModel model = model(Optional.of(new RandomSmallModel(2).network()));
        Frame picture = new RandomSmallModel(width).picture(width, height);
        float[][] logits = run(model, picture);
        try (FeatureExtractor extractor = FeatureExtractor.open(ONE_THREAD, model.network())) {
            float[] inputs = model.scaling().apply(extractor.features(picture));
            int row = 0;
            for (Task task : List.of(Task.QUALITY, Task.AESTHETICS)) {
                ScoreHead head = Objects.requireNonNull(model.scoreHeads().get(task));
                double[] expected = ScoreHead.levels(head.u(inputs), head.spread());
                for (int l = 0; l < SmallModel.LEVELS; l++) {
                    assertThat(Math.exp(logits[row][l]))
                            .as(task + " level " + l)
                            .isCloseTo(expected[l], within(2e-4));
                }
                row++;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void aPictureThatLiesOnACentreHasAScoreHoweverItsDistanceIsRounded(int seed) throws IOException {
        SmallModel plain = new RandomSmallModel(1).model(Optional.empty());
        int all = plain.scaling().mean().length;
        float[] factors = new float[all];
        Arrays.fill(factors, 50); // lengths so large that their rounding is larger than the floor
        Frame picture = new RandomSmallModel(seed).picture(80, 64);
        float[] centre;
        try (FeatureExtractor extractor = FeatureExtractor.open(ONE_THREAD, plain.network())) {
            centre = plain.scaling().apply(extractor.features(picture));
        }
        for (int i = 0; i < all; i++) {
            centre[i] *= factors[i];
        }
        ScoreHead.Kernel kernel = new ScoreHead.Kernel(
                ScoreHead.Form.LAPLACE,
                IntStream.range(0, all).toArray(),
                factors,
                new float[][] {centre},
                new float[] {1});
        ScoreHead head = new ScoreHead(List.of(kernel), List.of(), Optional.empty(), 3, 0.7f);
        SmallModel model = new SmallModel(
                plain.featureNames(),
                plain.scaling(),
                plain.network(),
                Map.of(),
                Map.of(Task.QUALITY, head, Task.AESTHETICS, head));
        assertThat(run(model, picture)[0]).doesNotContain(Float.NaN);
    }

    @Test
    void aModelReadBackFromItsGraphWritesTheSameBytes() throws IOException {
        Path first = Files.createDirectory(directory.resolve("first"));
        Path second = Files.createDirectory(directory.resolve("second"));
        SmallGraph.write(model(Optional.of(new RandomSmallModel(3).network())), first);
        SmallGraph.write(SmallModelReader.read(first), second);
        for (String file : List.of("model.onnx", "model.onnx.data")) {
            assertThat(second.resolve(file)).hasSameBinaryContentAs(first.resolve(file));
        }
    }

    @Test
    void levelHeadsAreReadBackToo() throws IOException {
        Path first = Files.createDirectory(directory.resolve("first"));
        Path second = Files.createDirectory(directory.resolve("second"));
        SmallGraph.write(new RandomSmallModel(4).model(Optional.empty()), first);
        SmallGraph.write(SmallModelReader.read(first), second);
        assertThat(second.resolve("model.onnx.data")).hasSameBinaryContentAs(first.resolve("model.onnx.data"));
    }

    @Test
    void refusesAGraphThatIsNotOfASmallModel() throws IOException {
        FeatureGraph.write(directory);
        assertThatExceptionOfType(ScoringException.class)
                .isThrownBy(() -> SmallModelReader.read(directory))
                .withMessageContaining("cannot be trained further");
    }

    @Test
    void betterNeverScoresLowerAndTheEndsOfTheScaleAreReached() {
        double before = 0;
        for (double u = -2; u < 8; u += 0.05) {
            double score = ScoreHead.score(u, 0.7);
            assertThat(score).isGreaterThan(before).isBetween(1.0, 5.0);
            before = score;
        }
        assertThat(ScoreHead.score(6, 0.7)).isGreaterThan(4.9);
        assertThat(ScoreHead.score(0, 0.7)).isLessThan(1.1);
    }

    private SmallModel model(Optional<SmallModel.Network> network) {
        SmallModel plain = new RandomSmallModel(1).model(network);
        int all = plain.scaling().mean().length;
        int[] some = IntStream.range(0, all).filter(i -> i % 3 == 0).toArray();
        ScoreHead quality = new ScoreHead(
                List.of(kernel(ScoreHead.Form.GAUSSIAN, some), kernel(ScoreHead.Form.LAPLACE, new int[] {1, 4, 7})),
                List.of(new ScoreHead.Linear(some, matrix(1, some.length, 0.02)[0])),
                Optional.of(new ScoreHead.Committee(
                        Objects.requireNonNull(plain.heads().get(Task.QUALITY)), 0.4f)),
                2.5f,
                0.7f);
        ScoreHead aesthetics = new ScoreHead(
                List.of(kernel(
                        ScoreHead.Form.LAPLACE, IntStream.range(all - 5, all).toArray())),
                List.of(),
                Optional.empty(),
                3,
                0.9f);
        return new SmallModel(
                plain.featureNames(),
                plain.scaling(),
                network,
                Map.of(),
                Map.of(Task.QUALITY, quality, Task.AESTHETICS, aesthetics));
    }

    private ScoreHead.Kernel kernel(ScoreHead.Form form, int[] columns) {
        float[] factors = new float[columns.length];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = (0.3f + random.nextFloat()) / (float) Math.sqrt(factors.length);
        }
        return new ScoreHead.Kernel(
                form, columns, factors, matrix(9, columns.length, factors[0]), matrix(1, 9, 0.5)[0]);
    }

    private float[][] matrix(int rows, int columns, double scale) {
        float[][] matrix = new float[rows][columns];
        for (float[] row : matrix) {
            for (int c = 0; c < columns; c++) {
                row[c] = (float) (random.nextGaussian() * scale);
            }
        }
        return matrix;
    }

    private float[][] run(SmallModel model, Frame picture) throws IOException {
        SmallGraph.write(model, directory);
        ByteBuffer pixels = ByteBuffer.allocateDirect(picture.rgb().length);
        pixels.put(picture.rgb()).flip();
        try (OrtGraph graph = OrtGraph.open(directory.resolve("model.onnx"), ONE_THREAD)) {
            EngineBatch batch = new EngineBatch(
                    1, picture.height(), picture.width(), pixels, new long[][] {{0}, {0}}, new long[] {0, 1});
            return Objects.requireNonNull(
                    graph.run(batch, Set.of("level_logits")).get("level_logits"));
        }
    }
}
