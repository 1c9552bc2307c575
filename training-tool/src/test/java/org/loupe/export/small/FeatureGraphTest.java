package org.loupe.export.small;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.loupe.decode.Frame;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtGraph;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FeatureGraphTest {
    private FeatureExtractor extractor;

    @BeforeAll
    void open() throws IOException {
        extractor = FeatureExtractor.open(EngineConfig.DEFAULT.withThreads(1));
    }

    @AfterAll
    void close() throws IOException {
        extractor.close();
    }

    @Test
    void namesEveryColumnOnce() {
        assertThat(FeatureGraph.names()).doesNotHaveDuplicates();
        assertThat(extractor.features(new RandomSmallModel(1).picture(80, 70)))
                .hasSize(FeatureGraph.names().size());
    }

    @ParameterizedTest
    @CsvSource({"64,64", "96,64", "65,67", "127,131", "200,150", "160,530", "130,790"})
    void agreesWithPlainLoops(int width, int height) {
        Frame picture = new RandomSmallModel(width).picture(width, height);
        List<String> names = FeatureGraph.names();
        float[] features = extractor.features(picture);
        Map<String, Double> plain = PlainStatistics.of(picture);
        assertThat(names).containsExactlyInAnyOrderElementsOf(plain.keySet());
        plain.forEach((name, value) -> assertThat((double) features[names.indexOf(name)])
                .as(name)
                .isCloseTo(value, within(2e-3 + 2e-3 * Math.abs(value))));
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,300", "300,1", "2,3", "8,8", "63,64", "64,65", "71,513", "512,512", "97,1024"})
    void isFiniteOnFlatAndWildPictures(int width, int height) {
        byte[] black = new byte[width * height * 3];
        byte[] white = new byte[black.length];
        Arrays.fill(white, (byte) 255);
        byte[] grey = new byte[black.length];
        Arrays.fill(grey, (byte) 127);
        byte[] red = new byte[black.length];
        byte[] checks = new byte[black.length];
        for (int i = 0; i < black.length; i++) {
            red[i] = (byte) (i % 3 == 0 ? 255 : 0);
            checks[i] = (byte) ((i / 3 % width + i / 3 / width) % 2 == 0 ? 255 : 0);
        }
        for (byte[] rgb : List.of(black, white, grey, red, checks)) {
            float[] features = extractor.features(new Frame(width, height, rgb));
            for (int i = 0; i < features.length; i++) {
                assertThat(Float.isFinite(features[i]))
                        .as(FeatureGraph.names().get(i))
                        .isTrue();
            }
        }
    }

    @Test
    void frameDoesNotSeeItsBatchMates(@TempDir Path directory) throws IOException {
        FeatureGraph.write(directory);
        RandomSmallModel random = new RandomSmallModel(7);
        List<Frame> frames = List.of(random.picture(131, 97), random.picture(131, 97), random.picture(131, 97));
        ByteBuffer pixels = ByteBuffer.allocateDirect(3 * frames.get(0).rgb().length);
        frames.forEach(frame -> pixels.put(frame.rgb()));
        EngineBatch batch =
                new EngineBatch(3, 97, 131, pixels.flip(), new long[][] {{0}, {1}, {2}}, new long[] {0, 0, 0});
        try (OrtGraph graph = OrtGraph.open(directory.resolve("model.onnx"), EngineConfig.DEFAULT.withThreads(1))) {
            float[][] together =
                    graph.run(batch, Set.of(FeatureGraph.OUTPUT)).getOrDefault(FeatureGraph.OUTPUT, new float[0][]);
            for (int i = 0; i < frames.size(); i++) {
                float[] alone = extractor.features(frames.get(i));
                for (int j = 0; j < alone.length; j++) {
                    // Vector kernels treat the last few elements of a buffer apart, so the last digit may differ.
                    assertThat(together[i][j])
                            .as(FeatureGraph.names().get(j))
                            .isCloseTo(alone[j], within(1e-5f * Math.max(1, Math.abs(alone[j]))));
                }
            }
        }
    }
}
