package org.loupe.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.RandomCheckpoint;
import org.loupe.command.CommandProvider;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import picocli.CommandLine;

class ModelImporterTest {
    @Test
    void writesAPackageWithItsPapers(@TempDir Path scratch) throws IOException {
        Path checkpoint = checkpoint().write(scratch.resolve("my-checkpoint"));
        Files.writeString(checkpoint.resolve("LICENSE"), "Terms of the weights");
        importTo(checkpoint, scratch.resolve("out"));
        try (ModelPackage model = ModelPackage.open(scratch.resolve("out"))) {
            Manifest manifest = model.manifest();
            assertThat(manifest.source().checkpoint()).isEqualTo("my-checkpoint");
            assertThat(manifest.input().side()).isEqualTo(50);
            assertThat(manifest.input().padColour()).containsExactly(102, 127, 153);
            assertThat(manifest.input().mean()).containsExactly(0.4, 0.5, 0.6);
            assertThat(manifest.levelNames()).containsExactly("excellent", "good", "fair", "poor", "bad");
            assertThat(manifest.precision()).isEqualTo("fp32");
            assertThat(Files.readString(scratch.resolve("out/LICENSE")))
                    .contains("Loupe's licence does not cover them", "Terms of the weights");
            assertThat(Files.readString(scratch.resolve("out/MODEL_CARD.md")))
                    .contains("`my-checkpoint`", "Not measured")
                    .doesNotContain(scratch.toString());
        }
    }

    @Test
    void sameCheckpointGivesTheSameDigest(@TempDir Path scratch) throws IOException {
        Path checkpoint = checkpoint().write(scratch.resolve("checkpoint"));
        importTo(checkpoint, scratch.resolve("one"));
        importTo(checkpoint, scratch.resolve("two"));
        assertThat(scratch.resolve("one/model.json")).hasSameTextualContentAs(scratch.resolve("two/model.json"));
    }

    @Test
    void namesEveryTensorThatDoesNotFit(@TempDir Path scratch) throws IOException {
        Path checkpoint = checkpoint()
                .tensors(shapes -> {
                    shapes.remove("model.norm.weight");
                    shapes.put("model.visual_abstractor.vit_eos", List.of(1L, 1L, 37L));
                    shapes.put("model.layers.0.self_attn.q_proj.lora_A.weight", List.of(2L));
                    shapes.put("model.layers.1.self_attn.rotary_emb.inv_freq", List.of(6L));
                })
                .write(scratch.resolve("checkpoint"));
        assertThatThrownBy(() -> importTo(checkpoint, scratch.resolve("out")))
                .isInstanceOf(ScoringException.class)
                .hasMessageContainingAll(
                        "model.norm.weight is missing",
                        "model.visual_abstractor.vit_eos has the shape [1, 1, 37], needs [1, 1, 36]",
                        "model.layers.0.self_attn.q_proj.lora_A.weight is unexpected")
                .hasMessageNotContaining("inv_freq");
        assertThat(names(scratch)).containsExactly("checkpoint");
    }

    @Test
    void refusesWeightsOfAnotherType(@TempDir Path scratch) throws IOException {
        Path checkpoint = checkpoint().stored("I32", 1).write(scratch.resolve("checkpoint"));
        assertThatThrownBy(() -> importTo(checkpoint, scratch.resolve("out")))
                .hasMessageContaining("model.vision_model.embeddings.cls_token is of type I32, needs F32, F16 or BF16");
    }

    @Test
    void refusesAVocabularyTooSmallForThePrompts(@TempDir Path scratch) throws IOException {
        OneAlignConfig odd = RandomCheckpoint.odd();
        OneAlignConfig.Language language = new OneAlignConfig.Language(36, 40, 1, 3, 29973, 1e-4f, 500);
        Path checkpoint = new RandomCheckpoint(
                        new OneAlignConfig(odd.vision(), odd.abstractor(), language, odd.input()), 1)
                .write(scratch.resolve("checkpoint"));
        assertThatThrownBy(() -> importTo(checkpoint, scratch.resolve("out")))
                .hasMessageContaining("vocab_size is 29973, but the prompts use the token 29973");
    }

    @Test
    void leavesNothingBehindWhenAWeightIsNoNumber(@TempDir Path scratch) throws IOException {
        Path checkpoint =
                checkpoint().poisoned("model.layers.1.mlp.down_proj.weight").write(scratch.resolve("checkpoint"));
        assertThatThrownBy(() -> importTo(checkpoint, scratch.resolve("out")))
                .hasMessageContaining("model.layers.1.mlp.down_proj.weight holds NaN");
        assertThat(names(scratch)).containsExactly("checkpoint");
    }

    @Test
    void doesNotTouchWhatIsThereAlready(@TempDir Path scratch) throws IOException {
        Path checkpoint = checkpoint().write(scratch.resolve("checkpoint"));
        Files.createDirectory(scratch.resolve("out"));
        Files.writeString(scratch.resolve("out/mine"), "mine");
        assertThatThrownBy(() -> importTo(checkpoint, scratch.resolve("out")))
                .isInstanceOfSatisfying(
                        ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.INVALID_REQUEST));
        assertThat(names(scratch.resolve("out"))).containsExactly("mine");
    }

    @Test
    void commandImportsAndSaysWhatToTryNext(@TempDir Path scratch) throws IOException {
        Path checkpoint = checkpoint().write(scratch.resolve("checkpoint"));
        Path out = scratch.resolve("out");
        Run run = command(
                checkpoint.toString(),
                "--out",
                out.toString(),
                "--precision",
                "fp32",
                "--name",
                "mine",
                "--model-version",
                "7");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("--model " + out);
        try (ModelPackage model = ModelPackage.open(out)) {
            assertThat(model.manifest().name()).isEqualTo("mine");
            assertThat(model.manifest().version()).isEqualTo("7");
        }
    }

    @Test
    void commandRefusesPrecisionsNobodyKnows(@TempDir Path scratch) {
        Run never = command(scratch.toString(), "--out", scratch + "/out", "--precision", "fp8", "--name", "mine");
        assertThat(never.code()).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(never.err()).contains("must be one of fp32, fp16, int8, int4 or auto, was fp8");
    }

    @Test
    void helpSaysThatOutIsThePackageItself() {
        assertThat(command("--help").out()).contains("DIR will hold model.json");
    }

    @Test
    void commandIsFoundBelowModel() {
        assertThat(ServiceLoader.load(CommandProvider.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .filter(provider -> provider.command() instanceof ModelImportCommand)
                        .map(CommandProvider::parent))
                .containsExactly("model");
    }

    private record Run(int code, String out, String err) {}

    private static Run command(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = new CommandLine(new ModelImportCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new Run(code, out.toString(), err.toString());
    }

    private static RandomCheckpoint checkpoint() {
        OneAlignConfig odd = RandomCheckpoint.odd();
        return new RandomCheckpoint(
                new OneAlignConfig(
                        odd.vision(),
                        odd.abstractor(),
                        new OneAlignConfig.Language(36, 40, 2, 3, 29974, 1e-4f, 500),
                        odd.input()),
                1);
    }

    private static void importTo(Path checkpoint, Path out) {
        ModelImporter.run(
                new ModelImport(
                        checkpoint,
                        out,
                        "mine",
                        "1",
                        Precision.FP32,
                        new Manifest.Licence("unknown", "unknown", null),
                        null,
                        4),
                (step, done, total) -> {});
    }

    private static Set<String> names(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            files.forEach(file -> names.add(String.valueOf(file.getFileName())));
        }
        return new TreeSet<>(names);
    }
}
