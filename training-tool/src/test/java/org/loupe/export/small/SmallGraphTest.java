package org.loupe.export.small;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.loupe.decode.Frame;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtGraph;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.modelpackage.Manifest.Prompt;
import org.loupe.score.Task;

class SmallGraphTest {
    private static final EngineConfig ONE_THREAD = EngineConfig.DEFAULT.withThreads(1);
    private static final int QUALITY = 0;
    private static final int AESTHETICS = 1;
    private static final int QUALITY_VIDEO = 2;

    private final Path directory;

    SmallGraphTest(@TempDir Path directory) {
        this.directory = directory;
    }

    @ParameterizedTest
    @CsvSource({"64,64", "97,71", "130,65", "75,129"})
    void networkAgreesWithPlainLoops(int width, int height) throws IOException {
        RandomSmallModel random = new RandomSmallModel(width);
        Network network = random.network();
        Frame picture = random.picture(width, height);
        double[] plain = PlainSmallModel.outputs(network, picture);
        try (FeatureExtractor extractor = FeatureExtractor.open(ONE_THREAD, Optional.of(network))) {
            float[] features = extractor.features(picture);
            int first = FeatureGraph.names().size();
            assertThat(features).hasSize(first + network.outputs());
            for (int i = 0; i < plain.length; i++) {
                assertThat((double) features[first + i]).as("net_" + i).isCloseTo(plain[i], within(2e-3));
            }
        }
    }

    @Test
    void levelsAgreeWithPlainHeads() throws IOException {
        RandomSmallModel random = new RandomSmallModel(3);
        Optional<Network> network = Optional.of(random.network());
        SmallModel model = random.model(network);
        Frame picture = random.picture(120, 90);
        double[] inputs = widen(features(picture, network));
        float[][] logits =
                rows(run(model, List.of(picture), new long[][] {{0}, {0}}, QUALITY, AESTHETICS), "level_logits");
        assertLevels(logits[0], PlainSmallModel.probabilities(model.scaling(), heads(model, Task.QUALITY), inputs));
        assertLevels(logits[1], PlainSmallModel.probabilities(model.scaling(), heads(model, Task.AESTHETICS), inputs));
    }

    @Test
    void worksWithoutNetwork() throws IOException {
        RandomSmallModel random = new RandomSmallModel(4);
        SmallModel model = random.model(Optional.empty());
        Frame picture = random.picture(70, 110);
        double[] inputs = widen(features(picture, Optional.empty()));
        float[][] logits = rows(run(model, List.of(picture), new long[][] {{0}}, QUALITY), "level_logits");
        assertLevels(logits[0], PlainSmallModel.probabilities(model.scaling(), heads(model, Task.QUALITY), inputs));
    }

    @Test
    void rowOfSeveralFramesIsTheMeanOfTheirLogits() throws IOException {
        RandomSmallModel random = new RandomSmallModel(5);
        SmallModel model = random.model(Optional.of(random.network()));
        List<Frame> frames = List.of(random.picture(90, 80), random.picture(90, 80), random.picture(90, 80));
        float[][] single =
                rows(run(model, frames, new long[][] {{0}, {1}, {2}}, QUALITY, QUALITY, QUALITY), "level_logits");
        Path other = Files.createDirectory(directory.resolve("other"));
        float[][] row = rows(run(model, other, frames, new long[][] {{2, 0, 1}}, QUALITY_VIDEO), "level_logits");
        for (int l = 0; l < SmallModel.LEVELS; l++) {
            float mean = (single[0][l] + single[1][l] + single[2][l]) / 3;
            assertThat(row[0][l]).isCloseTo(mean, within(1e-4f));
        }
    }

    @Test
    void frameScoresAloneAsInABatch() throws IOException {
        RandomSmallModel random = new RandomSmallModel(6);
        SmallModel model = random.model(Optional.of(random.network()));
        List<Frame> frames = List.of(random.picture(99, 83), random.picture(99, 83));
        Map<String, float[][]> together = run(model, frames, new long[][] {{1}, {0}}, QUALITY, AESTHETICS);
        Path other = Files.createDirectory(directory.resolve("other"));
        Map<String, float[][]> alone = run(model, other, frames.subList(1, 2), new long[][] {{0}}, QUALITY);
        assertClose(rows(together, "level_logits")[0], rows(alone, "level_logits")[0]);
        assertClose(rows(together, "frame_embedding")[1], rows(alone, "frame_embedding")[0]);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "8,8", "3,200", "64,64"})
    void flatPicturesGiveFiniteAnswers(int width, int height) throws IOException {
        RandomSmallModel random = new RandomSmallModel(8);
        SmallModel model = random.model(Optional.of(random.network()));
        Frame black = new Frame(width, height, new byte[width * height * 3]);
        Map<String, float[][]> answers = run(model, List.of(black), new long[][] {{0}}, QUALITY);
        for (float[][] rows : answers.values()) {
            for (float value : rows[0]) {
                assertThat(Float.isFinite(value)).isTrue();
            }
        }
    }

    @Test
    void embeddingHasLengthOne() throws IOException {
        RandomSmallModel random = new RandomSmallModel(9);
        SmallModel model = random.model(Optional.empty());
        float[] embedding =
                rows(run(model, List.of(random.picture(80, 90)), new long[][] {{0}}, QUALITY), "frame_embedding")[0];
        double square = 0;
        for (float value : embedding) {
            square += (double) value * value;
        }
        assertThat(square).isCloseTo(1, within(1e-5));
    }

    @Test
    void reencodedCopyIsNearestToItsOriginal() throws IOException {
        RandomSmallModel random = new RandomSmallModel(12);
        SmallModel model = random.model(Optional.empty());
        List<Frame> frames = new ArrayList<>();
        int originals = 10;
        for (int i = 0; i < originals; i++) {
            frames.add(random.picture(160, 120));
        }
        for (int i = 0; i < originals; i++) {
            frames.add(reencoded(frames.get(i)));
        }
        float[][] embeddings = rows(run(model, frames, new long[][] {{0}}, QUALITY), "frame_embedding");
        for (int i = 0; i < originals; i++) {
            double[] similarities = new double[originals];
            for (int j = 0; j < originals; j++) {
                for (int d = 0; d < embeddings[0].length; d++) {
                    similarities[j] += (double) embeddings[originals + i][d] * embeddings[j][d];
                }
            }
            double best = Arrays.stream(similarities).max().orElseThrow();
            assertThat(similarities[i]).isEqualTo(best).isGreaterThan(0.95);
        }
    }

    private static Frame reencoded(Frame frame) throws IOException {
        BufferedImage image = new BufferedImage(frame.width(), frame.height(), BufferedImage.TYPE_3BYTE_BGR);
        for (int y = 0; y < frame.height(); y++) {
            for (int x = 0; x < frame.width(); x++) {
                int rgb = 0;
                for (int c = 0; c < 3; c++) {
                    rgb = rgb << 8 | PlainStatistics.value(frame, y, x, c);
                }
                image.setRGB(x, y, rgb);
            }
        }
        ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, "jpg", jpeg)).isTrue(); // the JDK's default quality, 75
        BufferedImage copy = ImageIO.read(new ByteArrayInputStream(jpeg.toByteArray()));
        byte[] rgb = new byte[frame.rgb().length];
        for (int i = 0; i < frame.width() * frame.height(); i++) {
            int pixel = copy.getRGB(i % frame.width(), i / frame.width());
            rgb[3 * i] = (byte) (pixel >> 16);
            rgb[3 * i + 1] = (byte) (pixel >> 8);
            rgb[3 * i + 2] = (byte) pixel;
        }
        return new Frame(frame.width(), frame.height(), rgb);
    }

    @Test
    void listsImagePromptsBeforeVideoPrompts() {
        SmallModel model = new RandomSmallModel(10).model(Optional.empty());
        assertThat(SmallGraph.prompts(model).stream().map(Prompt::id))
                .containsExactly("quality.image", "aesthetics.image", "quality.video", "aesthetics.video");
        SmallModel half = new SmallModel(
                model.featureNames(),
                model.scaling(),
                model.network(),
                Map.of(Task.AESTHETICS, heads(model, Task.AESTHETICS)));
        assertThat(SmallGraph.prompts(half).stream().map(Prompt::id))
                .containsExactly("aesthetics.image", "aesthetics.video");
    }

    @Test
    void refusesModelOfOtherStatistics() {
        SmallModel model = new RandomSmallModel(11).model(Optional.empty());
        List<String> renamed = new ArrayList<>(model.featureNames());
        renamed.set(0, "something_else");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SmallModel(renamed, model.scaling(), model.network(), model.heads()))
                .withMessageContaining("other statistics");
    }

    private static List<SmallModel.Head> heads(SmallModel model, Task task) {
        return model.heads().getOrDefault(task, List.of());
    }

    private static float[][] rows(Map<String, float[][]> answers, String output) {
        return answers.getOrDefault(output, new float[0][]);
    }

    private static float[] features(Frame picture, Optional<Network> network) throws IOException {
        try (FeatureExtractor extractor = FeatureExtractor.open(ONE_THREAD, network)) {
            return extractor.features(picture);
        }
    }

    private Map<String, float[][]> run(SmallModel model, List<Frame> frames, long[][] rowFrames, long... prompts)
            throws IOException {
        return run(model, directory, frames, rowFrames, prompts);
    }

    private static Map<String, float[][]> run(
            SmallModel model, Path directory, List<Frame> frames, long[][] rowFrames, long... prompts)
            throws IOException {
        SmallGraph.write(model, directory);
        Frame first = frames.get(0);
        ByteBuffer pixels = ByteBuffer.allocateDirect(frames.size() * first.rgb().length);
        frames.forEach(frame -> pixels.put(frame.rgb()));
        EngineBatch batch =
                new EngineBatch(frames.size(), first.height(), first.width(), pixels.flip(), rowFrames, prompts);
        try (OrtGraph graph = OrtGraph.open(directory.resolve("model.onnx"), ONE_THREAD)) {
            return graph.run(batch, Set.of("level_logits", "frame_embedding"));
        }
    }

    private static double[] widen(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    private static void assertLevels(float[] logits, double[] probabilities) {
        for (int l = 0; l < SmallModel.LEVELS; l++) {
            assertThat(Math.exp(logits[l])).isCloseTo(probabilities[l], within(1e-4));
        }
    }

    private static void assertClose(float[] one, float[] other) {
        for (int i = 0; i < one.length; i++) {
            assertThat(one[i]).isCloseTo(other[i], within(1e-4f));
        }
    }
}
