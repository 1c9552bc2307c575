package org.loupe.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.score.ScoringException;
import picocli.CommandLine;

class RandomModelTest {
    @Test
    void writesWhatTheImporterAsksFor(@TempDir Path scratch) throws IOException {
        model(1).write(scratch.resolve("out"), done -> {});
        OneAlignConfig read = OneAlignConfig.read(scratch.resolve("out"));
        assertThat(read).isEqualTo(OneAlignConfig.TINY);
        try (Checkpoint checkpoint = Checkpoints.open(scratch.resolve("out"))) {
            OneAlignTensors.check(read, checkpoint.tensors().values());
        }
    }

    @Test
    void sameSeedGivesTheSameBytesAndAnotherSeedOthers(@TempDir Path scratch) throws IOException {
        model(1).write(scratch.resolve("a"), done -> {});
        model(1).write(scratch.resolve("b"), done -> {});
        model(2).write(scratch.resolve("c"), done -> {});
        Path weights = Path.of("model.safetensors");
        assertThat(scratch.resolve("a").resolve(weights))
                .hasSameBinaryContentAs(scratch.resolve("b").resolve(weights));
        assertThat(Files.mismatch(
                        scratch.resolve("a").resolve(weights),
                        scratch.resolve("c").resolve(weights)))
                .isPositive();
    }

    @Test
    void positionTablesAreThoseOfTheReference(@TempDir Path scratch) throws IOException {
        // Values worked out by hand from S(p, d) = [sin(p w_j), cos(p w_j)], w_j = 10000^(-2j/d).
        float[] keys = PositionTables.keys(2, 8);
        assertThat(keys).startsWith(0, 0, 0, 0, 0, 0, 0, 0);
        assertThat(row(keys, 2)) // patch in row 0, column 1
                .containsExactly(new float[] {0.841471f, 0.00999983f, 0.5403023f, 0.99995f, 0, 0, 1, 1}, within(1e-6f));
        assertThat(row(keys, 3)) // patch in row 1, column 0
                .containsExactly(new float[] {0, 0, 1, 1, 0.841471f, 0.00999983f, 0.5403023f, 0.99995f}, within(1e-6f));
    }

    @Test
    void drawsNormalNumbers() {
        RandomWeights weights = new RandomWeights(OneAlignConfig.TINY, 3);
        TensorInfo head = new TensorInfo("lm_head.weight", ElementType.F32, List.of(32000L, 4L));
        float[] drawn = new float[128000];
        weights.fill(head, 0, drawn.length, drawn);
        double square = 0;
        int beyondTwo = 0;
        for (float one : drawn) {
            square += one * one;
            beyondTwo += Math.abs(one) > 1 ? 1 : 0;
        }
        assertThat(Math.sqrt(square / drawn.length)).isBetween(0.495, 0.505); // 1 / sqrt(4)
        assertThat(beyondTwo / (double) drawn.length).isBetween(0.043, 0.048); // 4.55 % lie beyond two deviations
    }

    @Test
    void commandCutsLayersAndRefusesWhatIsThereAlready(@TempDir Path scratch) throws IOException {
        String out = scratch.resolve("out").toString();
        assertThat(command("--like", "tiny", "--language-layers", "1", "--dtype", "fp32", "--out", out))
                .isEmpty();
        assertThat(OneAlignConfig.read(scratch.resolve("out")).language().layers())
                .isEqualTo(1);
        assertThatThrownBy(() -> model(1).write(scratch.resolve("out"), done -> {}))
                .isInstanceOf(ScoringException.class)
                .hasMessageContaining("nothing is overwritten");
        assertThat(command("--like", "tiny", "--language-layers", "3", "--out", out))
                .contains("--language-layers must be 1 to 2 for tiny, was 3");
        try (Stream<Path> left = Files.list(scratch)) {
            assertThat(left).containsExactly(scratch.resolve("out"));
        }
    }

    private static float[] row(float[] table, int row) {
        return Arrays.copyOfRange(table, row * 8, row * 8 + 8);
    }

    private static RandomModel model(long seed) {
        return new RandomModel(
                OneAlignConfig.TINY, CheckpointFormat.SAFETENSORS, ElementType.BF16, 1_000_000_000, seed);
    }

    private static String command(String... arguments) {
        StringWriter err = new StringWriter();
        int code = new CommandLine(new ModelRandomCommand())
                .setErr(new PrintWriter(err))
                .setOut(new PrintWriter(new StringWriter()))
                .execute(arguments);
        return code == 0 ? "" : err.toString();
    }
}
