package org.loupe.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.RandomCheckpoint;
import org.loupe.decode.Frame;

/** Networks of dimensions nobody released, against the same network said plainly: what is hard-coded anywhere shows here. */
class OneAlignGraphTest {
    private static final Set<String> OUTPUTS = Set.of("level_logits", "frame_embedding");
    // float32 through six layers of this size against double
    private static final double TOLERANCE = 1e-5;

    @ParameterizedTest
    @CsvSource({"F32, 1, 3", "F16, 3, 1", "BF16, 2, 2"})
    void graphSaysWhatThePlainNetworkSays(String type, int files, int languageLayers, @TempDir Path scratch)
            throws IOException, OrtException {
        OneAlignConfig odd = RandomCheckpoint.odd();
        OneAlignConfig.Language language = odd.language();
        OneAlignConfig written = new OneAlignConfig(
                odd.vision(),
                odd.abstractor(),
                new OneAlignConfig.Language(
                        language.width(),
                        language.inner(),
                        languageLayers,
                        language.heads(),
                        language.vocabulary(),
                        language.rmsNormEps(),
                        language.ropeTheta()),
                odd.input());
        Path checkpoint = new RandomCheckpoint(written, 7).stored(type, files).write(scratch.resolve("checkpoint"));
        OneAlignConfig config = OneAlignConfig.read(checkpoint);
        assertThat(config).isEqualTo(written);
        Path directory = Files.createDirectory(scratch.resolve("graph"));
        try (Checkpoint tensors = Checkpoints.open(checkpoint)) {
            OneAlignGraph.build(
                            config, tensors, OneAlignPrompts.ALL, 4, AdapterTargets.NONE, Precision.FP32, done -> {})
                    .write(directory);
            ReferenceOneAlign reference = new ReferenceOneAlign(config, tensors);
            try (DebugRun graph = new DebugRun(directory)) {
                List<Frame> frames = randomFrames(3, config.vision().imageSide());
                compare(graph, reference, frames, new long[][] {{0}, {1}, {2}, {0}, {0}}, new long[] {0, 1, 2, 3, 1});
                compare(graph, reference, frames, new long[][] {{2, 0, 1}, {0, 1, 2}, {1, 1, 1}}, new long[] {2, 3, 3});
            }
        }
    }

    private static void compare(
            DebugRun graph, ReferenceOneAlign reference, List<Frame> frames, long[][] rowFrames, long[] rowPrompt)
            throws OrtException {
        DebugRun.Values found = graph.run(frames, rowFrames, rowPrompt, OUTPUTS);
        int levels = OneAlignPrompts.LEVEL_IDS.length;
        for (int row = 0; row < rowFrames.length; row++) {
            List<Frame> own = new ArrayList<>();
            for (long frame : rowFrames[row]) {
                own.add(frames.get((int) frame));
            }
            OneAlignPrompts.Prompt prompt = OneAlignPrompts.ALL.get((int) rowPrompt[row]);
            double[] expected = reference.levelLogits(own, prompt.before(), prompt.after(), OneAlignPrompts.LEVEL_IDS);
            for (int level = 0; level < levels; level++) {
                assertThat((double) found.get("level_logits")[row * levels + level])
                        .as("row %s, level %s", row, level)
                        .isCloseTo(expected[level], within(TOLERANCE));
            }
        }
        float[] embeddings = found.get("frame_embedding");
        int width = embeddings.length / frames.size();
        for (int frame = 0; frame < frames.size(); frame++) {
            double[] expected = reference.frameEmbedding(frames.get(frame));
            assertThat(expected).hasSize(width);
            for (int i = 0; i < width; i++) {
                assertThat((double) embeddings[frame * width + i]).isCloseTo(expected[i], within(2e-6));
            }
        }
    }

    private static List<Frame> randomFrames(int count, int side) {
        Random random = new Random(11);
        List<Frame> frames = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] rgb = new byte[side * side * 3];
            random.nextBytes(rgb);
            frames.add(new Frame(side, side, rgb));
        }
        return frames;
    }
}
