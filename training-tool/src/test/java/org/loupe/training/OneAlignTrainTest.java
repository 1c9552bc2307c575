package org.loupe.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.checkpoint.CheckpointFormat;
import org.loupe.checkpoint.ElementType;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.RandomModel;
import org.loupe.export.AdapterTargets;
import org.loupe.export.GoldenSet;
import org.loupe.export.ModelImport;
import org.loupe.export.ModelImporter;
import org.loupe.export.Precision;
import org.loupe.modelpackage.Manifest;
import org.loupe.score.Task;
import org.loupe.scoring.LocalScorer;
import org.loupe.training.data.Distortion;
import org.loupe.training.data.TestPictures;
import picocli.CommandLine;

/** {@code train --base} on the reference's tiny checkpoint, from labels to what a server loads. */
class OneAlignTrainTest {
    private static final int PICTURES = 8;
    private static final Manifest.Licence LICENCE = new Manifest.Licence("unknown", "unknown", null);

    @TempDir
    private static Path shared = Path.of("");

    private static Path checkpoint = Path.of("");

    private final StringWriter errors = new StringWriter();
    private final StringWriter printed = new StringWriter();

    @BeforeAll
    static void ratePictures() throws IOException {
        checkpoint = GoldenSet.open().checkpoint(shared);
        StringBuilder labels = new StringBuilder("file,task,mos,std,votes,scale_min,scale_max\n");
        StringBuilder splits = new StringBuilder("file,split\n");
        for (int i = 0; i < PICTURES; i++) {
            int level = i % 5;
            var photo = TestPictures.photo(i, 96, 72);
            String name = i + ".jpg";
            TestPictures.write(level == 0 ? photo : Distortion.BLUR.apply(photo, level, 1), shared.resolve(name));
            labels.append(name).append(",quality,").append(5 - level).append(",0.6,5,1,5\n");
            labels.append(name).append(",aesthetics,").append(1 + level).append(",0.6,5,1,5\n");
            splits.append(name).append(i < 6 ? ",train\n" : ",val\n");
        }
        Files.writeString(shared.resolve("labels.csv"), labels);
        Files.writeString(shared.resolve("splits.csv"), splits);
    }

    @Test
    void loraBecomesAnAdapterThatServesWhatTheTrainerSays() throws IOException {
        Path base = shared.resolve("base");
        ModelImporter.run(
                new ModelImport(checkpoint, base, "base", "1", Precision.FP32, LICENCE, null, 4)
                        .withAdapters(AdapterTargets.DEFAULT),
                (step, done, total) -> {});
        Path out = shared.resolve("lora");
        assertThat(train("lora", "--package", base.toString(), "--lora-rank", "4", "--rows-per-pass", "2"))
                .as(errors.toString())
                .isZero();
        assertThat(printed.toString().strip()).isEqualTo(out.resolve("adapter").toString());
        assertThat(out.resolve("adapter/adapter.json")).exists();
        assertThat(out.resolve("peft"))
                .isDirectoryContaining(file -> file.endsWith("adapter_model.safetensors"))
                .isDirectoryContaining(file -> file.endsWith("adapter_config.json"))
                .isDirectoryContaining(file -> file.endsWith("non_lora_trainables.bin"));
        JsonNode run = new ObjectMapper().readTree(out.resolve("run.json").toFile());
        assertThat(run.get("results").get("deviation_mos").asDouble())
                .isLessThanOrEqualTo(run.get("results").get("allowed_mos").asDouble());
        assertThat(run.get("results").get("compared").asInt()).isEqualTo(16);
        assertThat(Files.readString(out.resolve("run.jsonl"))).contains("\"srcc\"");
        assertThat(Files.readAllLines(out.resolve("predictions.csv"))).hasSize(1 + 4);
        assertThat(packages(out)).isEmpty();
    }

    @Test
    void fullTrainingBecomesACheckpointWhosePackageScoresTheSame() throws IOException {
        // stored in 16 bits, as the published ones: steps smaller than those must not be rounded away
        Path base = shared.resolve("bf16");
        new RandomModel(OneAlignConfig.TINY, CheckpointFormat.SAFETENSORS, ElementType.BF16, Long.MAX_VALUE, 5)
                .write(base, done -> {});
        assertThat(train(base, "full", "--tuning", "full", "--objective", "ranking", "--rows-per-pass", "4"))
                .as(errors.toString())
                .isZero();
        Path out = shared.resolve("full");
        assertThat(packages(out)).containsExactly(out.resolve("package"));
        Path again = shared.resolve("again");
        ModelImporter.run(
                new ModelImport(out.resolve("checkpoint"), again, "again", "1", Precision.FP32, LICENCE, null, 64),
                (step, done, total) -> {});
        try (LocalScorer first = LocalScorer.open(out.resolve("package").toString());
                LocalScorer second = LocalScorer.open(again.toString());
                LocalScorer untrained = LocalScorer.open(untrained(base).toString())) {
            Path picture = shared.resolve("7.jpg");
            var trained = first.score(picture, Set.of(Task.QUALITY)).scores();
            assertThat(second.score(picture, Set.of(Task.QUALITY)).scores()).isEqualTo(trained);
            assertThat(untrained.score(picture, Set.of(Task.QUALITY)).scores()).isNotEqualTo(trained);
        }
    }

    private static Path untrained(Path base) {
        Path out = shared.resolve("untrained");
        ModelImporter.run(
                new ModelImport(base, out, "untrained", "1", Precision.FP32, LICENCE, null, 64),
                (step, done, total) -> {});
        return out;
    }

    @Test
    void aPlanIsPrintedAndNothingElseHappens() {
        assertThat(execute("--labels", "labels.csv", "--base", checkpoint.toString(), "--plan"))
                .as(errors.toString())
                .isZero();
        assertThat(printed.toString())
                .contains(
                        "parameters", "memory at the fullest moment", "low-rank terms", "it fits", "TFLOP/s measured");
        assertThat(execute("--labels", "labels.csv", "--plan"))
                .as(errors.toString())
                .isZero();
        assertThat(printed.toString())
                .contains("a kernel machine for quality", "a kernel machine for aesthetics")
                .doesNotContain("heads for quality");
        assertThat(execute("--labels", "labels.csv", "--objective", "levels", "--plan"))
                .as(errors.toString())
                .isZero();
        assertThat(printed.toString()).contains("heads for quality", "heads for aesthetics");
    }

    @Test
    void whatIsMadeOfDeqaScoreStaysDeqaScore() throws IOException {
        assertThat(train("deqa", "--like", "deqa-score", "--prompt-order", "score-method"))
                .as("the labels hold aesthetics too")
                .isNotZero();
        assertThat(errors.toString()).contains("deqa-score rates the quality of photos only", "rated for aesthetics");
        Path quality = shared.resolve("quality.csv");
        Files.writeString(
                quality,
                Files.readAllLines(shared.resolve("labels.csv")).stream()
                        .filter(line -> !line.contains("aesthetics"))
                        .collect(Collectors.joining("\n")));
        assertThat(execute(
                        "--labels",
                        "quality.csv",
                        "--splits",
                        "splits.csv",
                        "--base",
                        checkpoint.toString(),
                        "--like",
                        "deqa-score",
                        "--prompt-order",
                        "score-method",
                        "--compute",
                        "fp32",
                        "--loop",
                        "batch=3",
                        "--loop",
                        "epochs=1",
                        "--out",
                        shared.resolve("deqa").toString()))
                .as(errors.toString())
                .isZero();
        JsonNode manifest = new ObjectMapper()
                .readTree(shared.resolve("deqa/package/model.json").toFile());
        assertThat(manifest.get("prompts")).hasSize(1);
        assertThat(manifest.toString()).contains("\"deqa-score\"").contains("\"score-method\"");
        JsonNode run =
                new ObjectMapper().readTree(shared.resolve("deqa/run.json").toFile());
        assertThat(run.get("results").get("deviation_mos").asDouble())
                .as("the trainer asks as the package does")
                .isLessThan(0.001);
        assertThat(run.get("commands").get(0).asText()).contains("--like deqa-score --prompt-order score-method");
    }

    @Test
    void aRecipeSaysAllAndWhatIsTypedCountsInstead() throws IOException {
        Path recipe = shared.resolve("mine.yaml");
        Files.writeString(recipe, """
                lora-rank: 2
                lora-targets: [self_attn.q_proj, mlp.down_proj]
                train-parts: none
                compute: fp32
                rows-per-pass: 2
                objective: soft-levels
                conversation: mplug_owl2
                one-question: true
                loop: {epochs: 3, batch: 2, learning-rate: 0.001}
                data:
                  test: val
                  val: none
                  sets:
                    - {labels: labels.csv, splits: splits.csv, weight: 2, tasks: [aesthetics]}
                """);
        Path out = shared.resolve("recipe");
        assertThat(execute(
                        "--base",
                        checkpoint.toString(),
                        "--recipe",
                        recipe.toString(),
                        "--loop",
                        "epochs=1",
                        "--seed",
                        "5",
                        "--out",
                        out.toString()))
                .as(errors.toString())
                .isZero();
        JsonNode run = new ObjectMapper().readTree(out.resolve("run.json").toFile());
        assertThat(run.get("data").get(0).get("counts").toString())
                .isEqualTo("{\"aesthetics test\":2,\"aesthetics train\":6}");
        assertThat(run.get("commands").get(0).asText())
                .startsWith("./loupe train --recipe mine.yaml --base ")
                .contains("--train-parts none --lora-targets self_attn.q_proj,mlp.down_proj --lora-rank 2")
                .contains("--conversation mplug_owl2 --one-question")
                .contains("--loop epochs=1 --loop batch=2");
        JsonNode configuration = run.get("configuration");
        assertThat(configuration.get("objective").asText()).isEqualTo("soft-levels");
        assertThat(configuration.get("compute").asText()).isEqualTo("fp32");
        assertThat(configuration.get("lora-alpha").asDouble()).isEqualTo(4);
        assertThat(configuration.get("loop").get("epochs").asInt()).isEqualTo(1);
        assertThat(configuration.get("loop").get("beta2").asDouble()).isEqualTo(0.999);
        assertThat(configuration.get("data").toString()).doesNotContain(shared.toString());
        assertThat(run.get("seed").asLong()).isEqualTo(5);
        assertThat(Files.readAllLines(out.resolve("predictions.csv")))
                .as("the test part is what the page shows")
                .hasSize(1 + 2)
                .anyMatch(line -> line.contains(",test,"));
    }

    @Test
    void aRunThatWasKilledWhileItWroteItsResultsGoesOnToTheSameBytes() throws IOException {
        assertThat(train("cut", "--lora-rank", "2")).as(errors.toString()).isZero();
        Path run = shared.resolve("cut");
        String manifest = Files.readString(run.resolve("run.json"));
        assertThat(new ObjectMapper().readTree(manifest).get("files"))
                .as("digests of all that was left")
                .hasSizeGreaterThan(8)
                .allMatch(digest -> digest.asText().matches("[0-9a-f]{64}"));
        assertThat(train("cut", "--lora-rank", "2", "--resume")).isNotZero();
        assertThat(errors.toString()).contains("results are never overwritten");
        Files.delete(run.resolve("run.json"));
        Files.delete(run.resolve("package/model.json"));
        Files.move(run.resolve("package"), run.resolve(".draft"));
        assertThat(train("cut", "--lora-rank", "2")).isNotZero();
        assertThat(errors.toString()).contains("or --resume to go on");
        assertThat(train("cut", "--lora-rank", "2", "--resume"))
                .as(errors.toString())
                .isZero();
        assertThat(Files.readString(run.resolve("run.json"))).isEqualTo(manifest);
    }

    @Test
    void refusesOptionsThatWouldDoNothing() {
        assertThat(train("idle", "--levels", "7", "--clean", shared.toString())).isNotZero();
        assertThat(errors.toString()).contains("--clean, --levels: only for a small model");
        assertThat(execute("--labels", "labels.csv", "--lora-rank", "4", "--no-recompute", "--plan"))
                .isNotZero();
        assertThat(errors.toString()).contains("--lora-rank, --recompute: only for the directory of a OneAlign");
        assertThat(execute("--labels", "labels.csv", "--recipe", "one-align-full", "--plan"))
                .isNotZero();
        assertThat(errors.toString()).contains("--recipe one-align-full is for the directory of a OneAlign");
    }

    @Test
    void refusesWhatCannotFitWithFiguresAndWhatToChange() {
        assertThat(train("refused", "--tuning", "full", "--no-recompute", "--rows-per-pass", "4", "--memory", "0.1"))
                .isNotZero();
        assertThat(errors.toString()).contains("GiB", "MiB", "--recompute", "--compute bf16", "--tuning lora");
        assertThat(shared.resolve("refused/checkpoints")).doesNotExist();
    }

    @Test
    void refusesAnAdapterOfFullTraining() {
        assertThat(train("wrong", "--tuning", "full", "--package", "anything")).isNotZero();
        assertThat(errors.toString()).contains("--package");
    }

    private int train(String name, String... more) {
        return train(checkpoint, name, more);
    }

    private int train(Path base, String name, String... more) {
        List<String> words = new ArrayList<>(List.of(
                "--labels",
                "labels.csv",
                "--splits",
                "splits.csv",
                "--base",
                base.toString(),
                "--compute",
                "fp32",
                "--loop",
                "batch=4",
                "--loop",
                "epochs=1",
                "--loop",
                "warm-up=0",
                "--out",
                shared.resolve(name).toString()));
        words.addAll(List.of(more));
        return execute(words.toArray(new String[0]));
    }

    private int execute(String... words) {
        for (int i = 0; i < words.length; i++) {
            words[i] = words[i].endsWith(".csv") ? shared.resolve(words[i]).toString() : words[i];
        }
        return new CommandLine(new TrainCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setErr(new PrintWriter(errors, true))
                .setOut(new PrintWriter(printed, true))
                .execute(words);
    }

    private static List<Path> packages(Path out) throws IOException {
        try (var files = Files.walk(out)) {
            return files.filter(file -> file.endsWith("model.json"))
                    .map(Path::getParent)
                    .toList();
        }
    }
}
