package org.loupe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.loupe.evaluation.command.EvaluateCommandProvider;
import org.loupe.training.data.Distortion;
import org.loupe.training.data.TestPictures;
import picocli.CommandLine;

/** A whole run in seconds: made-up pictures rated by how much they are blurred. */
class TrainCommandTest {
    private static final int PICTURES = 48;

    @TempDir
    private static Path shared = Path.of("");

    private static Path out = Path.of("");

    @BeforeAll
    static void trainsOnBlurredPictures() throws IOException {
        StringBuilder labels = new StringBuilder("file,task,mos,std,votes,scale_min,scale_max\n");
        StringBuilder splits = new StringBuilder("file,split\n");
        for (int i = 0; i < PICTURES; i++) {
            int level = i % 6;
            var photo = TestPictures.photo(i, 112, 84);
            String name = "set" + i % 2 + "_" + i + ".jpg";
            TestPictures.write(level == 0 ? photo : Distortion.BLUR.apply(photo, level, 1), shared.resolve(name));
            labels.append(name).append(",quality,").append(10 - 2 * level).append(",,5,0,10\n");
            splits.append(name).append(i < 30 ? ",train\n" : i < 36 ? ",val\n" : ",test\n");
        }
        Files.writeString(shared.resolve("labels.csv"), labels);
        Files.writeString(shared.resolve("splits.csv"), splits);
        quickRecipe();
        out = train("first");
    }

    @Test
    void learnsBlur() throws IOException {
        JsonNode test = evaluate(out);
        assertThat(test.get("task").asText()).isEqualTo("quality");
        assertThat(test.get("n").asInt()).isEqualTo(12);
        assertThat(test.get("srcc").asDouble()).isGreaterThan(0.8);
        assertThat(test.get("ci95").get("srcc")).hasSize(2);
        assertThat(test.get("groups"))
                .extracting(group -> group.get("name").asText())
                .containsExactly("set0", "set1");
    }

    @Test
    void leavesExactlyOnePackageWithItsFigures() throws IOException {
        try (var files = Files.walk(out)) {
            assertThat(files.filter(file -> file.endsWith("model.json")))
                    .containsExactly(out.resolve("package").resolve("model.json"));
        }
        JsonNode manifest =
                new ObjectMapper().readTree(out.resolve("package/model.json").toFile());
        assertThat(manifest.get("accuracy")).hasSize(3); // cross-validation, val, test
        assertThat(manifest.get("prompts"))
                .extracting(p -> p.get("task").asText())
                .doesNotContain("AESTHETICS", "aesthetics");
        assertThat(manifest.toString()).doesNotContain(shared.toString());
        assertThat(Files.readString(out.resolve("package/MODEL_CARD.md")))
                .contains("test")
                .doesNotContain(shared.toString());
    }

    @Test
    void repeatsItselfAndGoesOnAfterItWasInterruptedToTheSameBytes() throws IOException {
        knownFeatures("second");
        Path second = train("second"); // reads no picture again: what was computed once is kept
        assertThat(differing(second)).isEmpty();
        // as if it had been killed while the package was written
        Files.delete(second.resolve("run.json"));
        train("second", "--resume");
        assertThat(differing(second)).isEmpty();
    }

    @Test
    void levelHeadsGoOnAfterTheyWereInterruptedToTheSameBytes() throws IOException {
        knownFeatures("heads");
        List<String> typed = new ArrayList<>(List.of(
                "--objective",
                "soft-levels",
                "--recipe",
                shared.resolve("quicker.yaml").toString()));
        Path run = train("heads", typed.toArray(String[]::new));
        JsonNode manifest = new ObjectMapper().readTree(run.resolve("run.json").toFile());
        assertThat(manifest.get("fits")).hasSize(4); // one head for two folds, the validation and the package
        assertThat(manifest.get("configuration").has("scores"))
                .as("kernel machines take no part")
                .isFalse();
        byte[] weights = Files.readAllBytes(run.resolve("package/model.onnx.data"));
        Files.delete(run.resolve("run.json"));
        delete(run.resolve("package"));
        delete(run.resolve("checkpoints/fits/quality/final"));
        byte[] log = Files.readAllBytes(run.resolve("run.jsonl"));
        Files.writeString(run.resolve("run.jsonl"), "half a li", StandardOpenOption.APPEND);
        typed.add("--resume");
        train("heads", typed.toArray(String[]::new));
        assertThat(run.resolve("package/model.onnx.data")).hasBinaryContent(weights);
        assertThat(run.resolve("run.jsonl")).hasBinaryContent(log);
    }

    @Test
    void refusesToOverwriteAFinishedRun() {
        StringWriter said = new StringWriter();
        assertThat(run(said, "first", "--resume")).isNotZero();
        assertThat(said.toString()).contains("never overwritten");
    }

    @Test
    void manifestAndPredictionsNameNoPlaceOfThisMachine() throws IOException {
        JsonNode manifest = new ObjectMapper().readTree(out.resolve("run.json").toFile());
        assertThat(manifest.get("data").get(0).get("counts").toString())
                .isEqualTo("{\"quality test\":12,\"quality train\":30,\"quality val\":6}");
        assertThat(manifest.get("data").get(0).get("digests")).hasSize(3);
        assertThat(manifest.get("configuration").has("scores")).isTrue();
        assertThat(manifest.get("results")).hasSize(3);
        assertThat(manifest.get("files").has("package/model.onnx.data")).isTrue();
        assertThat(manifest.toString()).doesNotContain(shared.toString());
        List<String> predictions = Files.readAllLines(out.resolve("predictions.csv"));
        assertThat(predictions.get(0)).isEqualTo("file,task,split,mos,std,predicted,excellent,good,fair,poor,bad");
        assertThat(predictions).hasSize(1 + 36 + 6 + 12);
    }

    @ParameterizedTest
    @CsvSource({
        "regression,--objective regression,2",
        "three,--objective levels --levels 3 --mapping quantile,3",
        "nine,--objective policy --levels 9 --seed 5,9",
        "ranking,--objective ranking,2"
    })
    void otherObjectivesAreServedAsTheyWereTrained(String name, String options, int levels) throws IOException {
        knownFeatures(name);
        // what is shown does not depend on how many folds and heads were fitted on the way
        List<String> typed = new ArrayList<>(List.of(options.split(" ")));
        typed.addAll(List.of("--recipe", shared.resolve("quicker.yaml").toString()));
        Path directory = train(name, typed.toArray(String[]::new));
        JsonNode manifest = new ObjectMapper()
                .readTree(directory.resolve("package/model.json").toFile());
        assertThat(manifest.get("levels")).hasSize(levels);
        // what evaluate gives through the serving code is what the trainer wrote of the same pictures
        JsonNode served = evaluate(directory);
        JsonNode results = new ObjectMapper()
                .readTree(directory.resolve("run.json").toFile())
                .get("results");
        JsonNode trained = results.get(results.size() - 1);
        assertThat(served.get("n").asInt()).isEqualTo(trained.get("n").asInt());
        assertThat(served.get("rmse").asDouble()).isEqualTo(trained.get("rmse").asDouble(), within(1e-6));
        assertThat(served.get("srcc").asDouble()).isGreaterThan(0.7);
        assertThat(Files.readString(directory.resolve("package/MODEL_CARD.md"))).contains("differs from the trainer");
    }

    @Test
    void refusesABaseItDoesNotKnow() {
        StringWriter said = new StringWriter();
        int exit = new CommandLine(new TrainCommand())
                .setErr(new PrintWriter(said))
                .execute("--labels", "labels.csv", "--base", "one-align", "--out", "out");
        assertThat(exit).isEqualTo(2);
        assertThat(said.toString()).contains("--base none");
    }

    @Test
    void tunesAPackageFromItsOwnGraph() throws IOException {
        tune(out.resolve("package").toString(), "tuned");
        JsonNode manifest = new ObjectMapper()
                .readTree(shared.resolve("tuned/package/model.json").toFile());
        assertThat(manifest.get("name").asText()).isEqualTo("loupe-small-tuned");
        tune(shared.resolve("tuned/package").toString(), "again", "--name", "ours");
        assertThat(new ObjectMapper()
                        .readTree(shared.resolve("again/package/model.json").toFile())
                        .get("name")
                        .asText())
                .isEqualTo("ours");
        assertThat(shared.resolve("again/package/model.onnx")).exists();
    }

    @Test
    void tunesTheBundledModel() throws IOException {
        tune("loupe-small", "bundled-tuned");
        assertThat(Files.readString(shared.resolve("bundled-tuned/package/MODEL_CARD.md")))
                .contains("Tuned from loupe-small");
    }

    @Test
    void tuningLeavesItsManifestPredictionsAndPage() throws IOException {
        tune(
                out.resolve("package").toString(),
                "recorded",
                "--splits",
                shared.resolve("splits.csv").toString(),
                "--test",
                "test");
        Path run = shared.resolve("recorded");
        JsonNode manifest = new ObjectMapper().readTree(run.resolve("run.json").toFile());
        assertThat(manifest.get("kind").asText()).isEqualTo("small, tuned");
        assertThat(manifest.at("/configuration/base/name").asText()).isEqualTo("loupe-small");
        assertThat(manifest.at("/data/0/digests").has("pictures")).isTrue();
        assertThat(manifest.get("results"))
                .extracting(result -> result.get("dataset").asText())
                .containsExactly("untuned", "tuned without the rating", "test");
        assertThat(manifest.at("/commands/0").asText()).contains("--base first/package", "--test test");
        assertThat(manifest.toString()).doesNotContain(shared.toString());
        List<String> predictions = Files.readAllLines(run.resolve("predictions.csv"));
        assertThat(predictions).hasSize(1 + 36 + 12);
        assertThat(predictions.stream().filter(line -> line.contains(",test,"))).hasSize(12);
        assertThat(run.resolve("report.html")).isNotEmptyFile();
    }

    @Test
    void tellsWhichPictureCannotBeReadAndHowToFindAllSuch() throws IOException {
        Path broken = shared.resolve("broken.csv");
        Files.writeString(shared.resolve("broken.jpg"), "no picture");
        Files.writeString(broken, Files.readString(shared.resolve("labels.csv")) + "broken.jpg,quality,5,,5,0,10\n");
        StringWriter said = new StringWriter();
        int exit = new CommandLine(new TrainCommand())
                .setErr(new PrintWriter(said))
                .execute(
                        "--labels",
                        broken.toString(),
                        "--base",
                        out.resolve("package").toString(),
                        "--out",
                        shared.resolve("no").toString());
        assertThat(exit).isNotZero();
        assertThat(said.toString()).contains("broken.jpg: ", "loupe dataset check");
    }

    @Test
    void aModelOfTheShippedSettingsIsNotCalledLoupeSmallNorDescribedAsIt() {
        Recipe.Source shipped = Recipe.read(Recipe.DEFAULT);
        Recipe own = shipped.ofSomebody("mine").recipe();
        assertThat(own.card()).doesNotContain("BIQ2021", "OASIS").contains("loupe train");
        assertThat(own.licence().id()).isEqualTo("unknown");
        assertThat(own.name()).isEqualTo("mine");
        assertThat(own.quality()).isEqualTo(shipped.recipe().quality());
        assertThat(shipped.named("other").recipe().card())
                .isEqualTo(shipped.recipe().card());
    }

    private static void tune(String base, String name, String... more) {
        StringWriter said = new StringWriter();
        int exit = new CommandLine(new TrainCommand())
                .setErr(new PrintWriter(said))
                .setOut(new PrintWriter(said))
                .execute(Stream.concat(
                                Stream.of(
                                        "--labels",
                                        shared.resolve("labels.csv").toString(),
                                        "--base",
                                        base,
                                        "--out",
                                        shared.resolve(name).toString()),
                                Stream.of(more))
                        .toArray(String[]::new));
        assertThat(exit).as(said.toString()).isZero();
        assertThat(said.toString()).contains("of those not seen SRCC");
    }

    private static Path train(String name, String... options) throws IOException {
        StringWriter said = new StringWriter();
        int exit = run(said, name, options);
        assertThat(exit).as(said.toString()).isZero();
        return shared.resolve(name);
    }

    private static int run(StringWriter said, String name, String... options) {
        List<String> arguments = new ArrayList<>(List.of(
                "--labels", shared.resolve("labels.csv").toString(),
                "--splits", shared.resolve("splits.csv").toString(),
                "--test", "test",
                "--group", "(set[0-9])_",
                "--out", shared.resolve(name).toString()));
        arguments.addAll(List.of(options));
        if (!arguments.contains("--recipe")) {
            arguments.addAll(List.of("--recipe", shared.resolve("quick.yaml").toString()));
        }
        return new CommandLine(new TrainCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setErr(new PrintWriter(said))
                .setOut(new PrintWriter(said))
                .execute(arguments.toArray(String[]::new));
    }

    private static void quickRecipe() throws IOException {
        String quick = Files.readString(Path.of("src/main/resources/recipes/loupe-small.yaml"))
                .replaceAll("epochs: \\d+", "epochs: 30")
                .replaceAll("heads: \\d+", "heads: 2")
                .replaceAll("count: 5", "count: 3")
                .replaceAll("most-pictures: \\d+", "most-pictures: 2")
                .replaceAll("types: .*", "types: [BLUR]");
        Files.writeString(shared.resolve("quick.yaml"), quick);
        Files.writeString(
                shared.resolve("quicker.yaml"),
                quick.replaceAll("heads: 2", "heads: 1").replaceAll("count: 3", "count: 2"));
    }

    /** Spares a further run the reading of the pictures. */
    private static void knownFeatures(String name) throws IOException {
        Path checkpoints = Files.createDirectories(shared.resolve(name).resolve("checkpoints"));
        try (var files = Files.list(out.resolve("checkpoints"))) {
            for (Path known : files.filter(Files::isRegularFile).toList()) {
                Files.copy(known, checkpoints.resolve(known.getFileName()));
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Files of another run that are not as those of the first; seconds and kept features apart. */
    private static List<String> differing(Path other) throws IOException {
        List<String> differing = new ArrayList<>();
        try (var files = Files.walk(out)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(path -> !path.toString().endsWith(".bin") && !path.endsWith("timing.jsonl"))
                    .toList()) {
                Path same = other.resolve(out.relativize(file).toString());
                if (!Files.isRegularFile(same) || Files.mismatch(file, same) >= 0) {
                    differing.add(out.relativize(file).toString());
                }
            }
        }
        return differing;
    }

    private static JsonNode evaluate(Path run) throws IOException {
        StringWriter printed = new StringWriter();
        int exit = new CommandLine(new EvaluateCommandProvider().command())
                .setErr(new PrintWriter(new StringWriter()))
                .setOut(new PrintWriter(printed))
                .execute(
                        "--labels",
                        shared.resolve("labels.csv").toString(),
                        "--splits",
                        shared.resolve("splits.csv").toString(),
                        "--split",
                        "test",
                        "--group",
                        "(set[0-9])_",
                        "--model",
                        run.resolve("package").toString(),
                        "--format",
                        "json");
        assertThat(exit).isZero();
        assertThat(printed.toString().strip().lines()).hasSize(1);
        return new ObjectMapper().readTree(printed.toString());
    }
}
