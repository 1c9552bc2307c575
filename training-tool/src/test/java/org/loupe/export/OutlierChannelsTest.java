package org.loupe.export;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.RandomCheckpoint;
import org.loupe.checkpoint.TensorInfo;
import org.loupe.decode.Frame;

/**
 * Trained networks have a few features that are many times larger than the others; random ones do not. Here every norm's gain is 50 times
 * larger at some features and what reads them 50 times smaller: the same function, and for 8-bit rows the hardest one.
 */
class OutlierChannelsTest {
    private static final float OUTLIER = 50;
    private static final int EVERY = 23;

    @Test
    void smoothedBytesHoldWhereFeaturesStandOutAndPlainBytesDoNot(@TempDir Path scratch)
            throws IOException, OrtException {
        OneAlignConfig config = new OneAlignConfig(
                new OneAlignConfig.Vision(56, 14, 64, 128, 2, 4, 1e-6f),
                new OneAlignConfig.Abstractor(96, 2, 4, 8, 1e-6f),
                new OneAlignConfig.Language(96, 160, 3, 4, 30100, 1e-5f, 10000),
                RandomCheckpoint.odd().input());
        Path stored = new RandomCheckpoint(config, 12).write(scratch.resolve("checkpoint"));
        try (Checkpoint tensors = Checkpoints.open(stored)) {
            Checkpoint outliers = new Outliers(tensors);
            List<Frame> frames = frames(config.vision().imageSide());
            float[] exact = logits(config, tensors, Precision.FP32, true, frames, scratch.resolve("exact"));
            assertThat(deviation(
                            exact, logits(config, outliers, Precision.FP32, true, frames, scratch.resolve("same"))))
                    .as("the same function")
                    .isLessThan(1e-4);
            double usual =
                    deviation(exact, logits(config, tensors, Precision.INT8, true, frames, scratch.resolve("usual")));
            double smoothed = deviation(
                    exact, logits(config, outliers, Precision.INT8, true, frames, scratch.resolve("smoothed")));
            double plain =
                    deviation(exact, logits(config, outliers, Precision.INT8, false, frames, scratch.resolve("plain")));
            System.out.printf(
                    "int8 logits deviate by %.4f without outliers, by %.4f with them smoothed, by %.4f not smoothed%n",
                    usual, smoothed, plain);
            assertThat(smoothed).isLessThan(1.5 * usual);
            assertThat(plain).isGreaterThan(4 * usual);
        }
    }

    /** @return root mean square of the differences, over that of the logits */
    private static double deviation(float[] exact, float[] found) {
        double error = 0;
        double size = 0;
        for (int i = 0; i < exact.length; i++) {
            error += Math.pow(exact[i] - found[i], 2);
            size += Math.pow(exact[i], 2);
        }
        return Math.sqrt(error / size);
    }

    private static float[] logits(
            OneAlignConfig config,
            Checkpoint checkpoint,
            Precision precision,
            boolean smooth,
            List<Frame> frames,
            Path directory)
            throws IOException, OrtException {
        CheckpointWeights weights = new CheckpointWeights(checkpoint);
        PrefixCache prefix = OneAlignGraph.prefix(config, weights, OneAlignPrompts.ALL, done -> {});
        SmoothingPlan plan = smooth && precision.quantised() ? SmoothingPlan.of(config, weights) : SmoothingPlan.NONE;
        OneAlignGraph.layOut(config, weights, prefix, plan, OneAlignPrompts.ALL, 4, AdapterTargets.NONE, precision)
                .write(Files.createDirectory(directory));
        long[][] rows = new long[2 * frames.size()][1];
        long[] prompts = new long[rows.length];
        for (int i = 0; i < rows.length; i++) {
            rows[i][0] = i / 2;
            prompts[i] = i % 2;
        }
        try (DebugRun graph = new DebugRun(directory)) {
            return graph.run(frames, rows, prompts, Set.of("level_logits")).get("level_logits");
        }
    }

    private static List<Frame> frames(int side) {
        Random random = new Random(4);
        List<Frame> frames = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            byte[] rgb = new byte[side * side * 3];
            random.nextBytes(rgb);
            frames.add(new Frame(side, side, rgb));
        }
        return frames;
    }

    /** Another checkpoint's tensors, some features moved from matrices into the norms before them. */
    private record Outliers(Checkpoint plain) implements Checkpoint {
        private static final String NORM =
                ".*(input_layernorm|post_attention_layernorm)(\\.multiway\\.\\d)?\\.(weight|bias)";
        private static final String READER =
                ".*(query_key_value|mlp\\.fc1|self_attn\\.q_proj|[kv]_proj\\.multiway\\.\\d|gate_proj|up_proj)\\.weight";

        @Override
        public Map<String, TensorInfo> tensors() {
            return plain.tensors();
        }

        @Override
        public void read(String name, long first, float[] target, int at, int count) throws IOException {
            plain.read(name, first, target, at, count);
            float factor = name.matches(NORM) ? OUTLIER : name.matches(READER) ? 1 / OUTLIER : 1;
            if (factor != 1) {
                List<Long> shape = Objects.requireNonNull(tensors().get(name)).shape();
                long width = shape.get(shape.size() - 1);
                for (int i = 0; i < count; i++) {
                    if ((first + i) % width % EVERY == 5) {
                        target[at + i] *= factor;
                    }
                }
            }
        }

        @Override
        public void close() {
            // The plain checkpoint is its opener's.
        }
    }
}
