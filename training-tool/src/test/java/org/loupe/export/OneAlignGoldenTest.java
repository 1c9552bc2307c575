package org.loupe.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.decode.Frame;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtEngine;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.Score;

/** The imported package, run by the server's own engine, against the reference's logits, probabilities and scores. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // opened before all tests
class OneAlignGoldenTest {
    private final Map<String, Double> worst = new LinkedHashMap<>();
    private GoldenSet golden;
    private ModelPackage model;
    private OrtEngine engine;
    private Preprocessor preprocessor;

    @BeforeAll
    void importTheCheckpoint(@TempDir Path scratch) throws IOException {
        golden = GoldenSet.open();
        Path out = scratch.resolve("package");
        ModelImporter.run(
                new ModelImport(
                        golden.checkpoint(scratch),
                        out,
                        "tiny-align",
                        "1",
                        Precision.FP32,
                        new Manifest.Licence("unknown", "unknown", null),
                        null,
                        8),
                (step, done, total) -> {});
        model = ModelPackage.open(out);
        engine = OrtEngine.open(model, EngineConfig.DEFAULT.withThreads(1));
        preprocessor = Preprocessors.of(model.manifest().input());
    }

    @AfterAll
    void close() {
        worst.forEach((stage, deviation) ->
                System.out.printf("golden parity: %-14s %.2e of %.2e%n", stage, deviation, golden.tolerance(stage)));
        engine.close();
        model.close();
    }

    @Test
    void everyPictureScoresForEveryTaskAsInTheReference() throws IOException {
        for (JsonNode image : golden.json().get("images")) {
            List<Frame> frames = List.of(picture(image.get("file").asText()));
            for (int prompt = 0; prompt < 4; prompt++) {
                float[] logits = run(frames, new long[][] {{0}}, prompt)[0];
                compare(image.get("tasks").get(promptId(prompt)), prompt, logits);
            }
        }
    }

    @Test
    void batchOfPicturesScoresAsInTheReference() throws IOException {
        for (JsonNode batch : golden.json().get("batches")) {
            if (batch.get("items").get(0).asText().startsWith("video")) {
                continue;
            }
            List<Frame> frames = new ArrayList<>();
            for (JsonNode item : batch.get("items")) {
                frames.add(picture(golden.image(item.asText()).get("file").asText()));
            }
            int prompt = promptIndex(batch.get("task").asText());
            long[][] rows = IntStream.range(0, frames.size())
                    .mapToObj(frame -> new long[] {frame})
                    .toArray(long[][]::new);
            float[][] logits = run(
                    frames,
                    rows,
                    IntStream.range(0, rows.length).map(row -> prompt).toArray());
            for (int row = 0; row < rows.length; row++) {
                compare(batch.get("results").get(row), prompt, logits[row]);
            }
        }
    }

    @Test
    void allPromptsOfAllPicturesMixedInOneRunScoreAsInTheReference() throws IOException {
        List<Frame> frames = new ArrayList<>();
        List<JsonNode> expected = new ArrayList<>();
        List<long[]> rows = new ArrayList<>();
        List<Integer> prompts = new ArrayList<>();
        for (JsonNode image : golden.json().get("images")) {
            frames.add(picture(image.get("file").asText()));
        }
        // prompts change from row to row, frames within a prompt: no two neighbours are alike
        for (int i = 0; i < frames.size() * 4; i++) {
            int frame = i / 4;
            int prompt = (i + frame) % 4;
            rows.add(new long[] {frame});
            prompts.add(prompt);
            expected.add(golden.json().get("images").get(frame).get("tasks").get(promptId(prompt)));
        }
        float[][] logits = run(
                frames,
                rows.toArray(long[][]::new),
                prompts.stream().mapToInt(Integer::intValue).toArray());
        for (int row = 0; row < logits.length; row++) {
            compare(expected.get(row), prompts.get(row), logits[row]);
        }
    }

    @Test
    void clipsOfThreeAndFiveFramesScoreAsInTheReference() throws IOException {
        for (JsonNode video : golden.json().get("videos")) {
            List<Frame> frames = clip(video);
            for (String task : List.of("quality.video", "aesthetics.video")) {
                int prompt = promptIndex(task);
                compare(video.get("tasks").get(task), prompt, run(frames, rowsOver(frames.size(), 0), prompt)[0]);
            }
        }
    }

    @Test
    void clipsOfDifferentLengthInOneRequestScoreAsEachAlone() throws IOException {
        List<Frame> all = new ArrayList<>();
        List<long[]> ranges = new ArrayList<>();
        for (JsonNode video : golden.json().get("videos")) {
            List<Frame> frames = clip(video);
            ranges.add(rowsOver(frames.size(), all.size())[0]);
            all.addAll(frames);
        }
        for (int i = 0; i < ranges.size(); i++) {
            // both tasks of one clip and the same clip again, among the frames of the other clip
            long[][] rows = {ranges.get(i), ranges.get(i), ranges.get(i)};
            int quality = promptIndex("quality.video");
            int aesthetics = promptIndex("aesthetics.video");
            float[][] logits = run(all, rows, quality, aesthetics, quality);
            JsonNode tasks = golden.json().get("videos").get(i).get("tasks");
            compare(tasks.get("quality.video"), quality, logits[0]);
            compare(tasks.get("aesthetics.video"), aesthetics, logits[1]);
            compare(tasks.get("quality.video"), quality, logits[2]);
        }
    }

    @Test
    void orderOfFramesMatters() throws IOException {
        List<Frame> frames = clip(golden.json().get("videos").get(0));
        int prompt = promptIndex("quality.video");
        float[] forwards = run(frames, new long[][] {{0, 1, 2}}, prompt)[0];
        float[] backwards = run(frames, new long[][] {{2, 1, 0}}, prompt)[0];
        assertThat(backwards).isNotEqualTo(forwards);
    }

    @Test
    void embeddingHasLengthOneAndTheWidthOfTheLanguageModel() throws IOException {
        List<Frame> frames = clip(golden.json().get("videos").get(1));
        float[][] embeddings = engine.run(batch(frames, new long[][] {{0}}, 0)).frameEmbedding();
        assertThat(embeddings)
                .hasDimensions(5, golden.json().get("dims").get("llm_hidden").asInt());
        for (float[] embedding : embeddings) {
            double squares = 0;
            for (float value : embedding) {
                squares += value * value;
            }
            assertThat(squares).isCloseTo(1, within(1e-5));
        }
    }

    @Test
    void promptsAreTheReferencesOwn() {
        for (OneAlignPrompts.Prompt prompt : OneAlignPrompts.ALL) {
            JsonNode expected = golden.json().get("prompts").get(prompt.spec().id());
            assertThat(prompt.before()).containsExactly(ids(expected.get("ids_before_image")));
            assertThat(prompt.after()).containsExactly(ids(expected.get("ids_after_image")));
        }
    }

    private void compare(JsonNode expected, int prompt, float[] logits) {
        Score score = Score.of(
                model.manifest().prompts().get(prompt).task(),
                model.manifest().levelNames(),
                model.manifest().levelWeights(),
                logits);
        for (int level = 0; level < logits.length; level++) {
            note("logits", logits[level], expected.get("logits").get(level));
            note(
                    "probs",
                    score.probabilities().values().get(level),
                    expected.get("probs").get(level));
        }
        note("score_1_to_5", score.mos(), expected.get("score_1_to_5"));
        note("score_0_to_1", score.unitScore(), expected.get("score_0_to_1"));
    }

    private void note(String stage, double found, JsonNode expected) {
        double deviation = Math.abs(found - expected.asDouble());
        worst.merge(stage, deviation, Math::max);
        assertThat(deviation).as(stage).isLessThanOrEqualTo(golden.tolerance(stage));
    }

    private float[][] run(List<Frame> frames, long[][] rows, int... prompts) {
        return engine.run(batch(frames, rows, prompts)).levelLogits();
    }

    private static EngineBatch batch(List<Frame> frames, long[][] rows, int... prompts) {
        Frame first = frames.get(0);
        return new EngineBatch(
                frames.size(),
                first.height(),
                first.width(),
                DebugRun.pixels(frames),
                rows,
                IntStream.of(prompts).asLongStream().toArray());
    }

    private static long[][] rowsOver(int frames, int first) {
        return new long[][] {
            IntStream.range(first, first + frames).asLongStream().toArray()
        };
    }

    private Frame picture(String file) throws IOException {
        return preprocessor.apply(golden.picture(file));
    }

    private List<Frame> clip(JsonNode video) throws IOException {
        List<Frame> frames = new ArrayList<>();
        for (JsonNode file : video.get("files")) {
            frames.add(picture(file.asText()));
        }
        return frames;
    }

    private String promptId(int prompt) {
        return model.manifest().prompts().get(prompt).id();
    }

    private int promptIndex(String id) {
        return IntStream.range(0, 4)
                .filter(prompt -> promptId(prompt).equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static int[] ids(JsonNode array) {
        return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
    }
}
