package org.loupe.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
        out = train("first");
    }

    @Test
    void learnsBlur() throws IOException {
        JsonNode test = evaluate();
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
    void repeatsItselfForOneSeed() throws IOException {
        Path checkpoints = Files.createDirectories(shared.resolve("second/checkpoints"));
        try (var files = Files.list(out.resolve("checkpoints"))) {
            for (Path known : files.toList()) {
                Files.copy(known, checkpoints.resolve(known.getFileName()));
            }
        }
        Path second = train("second"); // reads no picture again: what was computed once is kept
        assertThat(Files.readAllBytes(second.resolve("package/model.onnx")))
                .isEqualTo(Files.readAllBytes(out.resolve("package/model.onnx")));
        assertThat(Files.readAllBytes(second.resolve("package/model.onnx.data")))
                .isEqualTo(Files.readAllBytes(out.resolve("package/model.onnx.data")));
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

    private static Path train(String name) throws IOException {
        Path directory = shared.resolve(name);
        Path recipe = shared.resolve("quick.yaml");
        Files.writeString(
                recipe,
                Files.readString(Path.of("src/main/resources/recipes/loupe-small.yaml"))
                        .replaceAll("epochs: \\d+", "epochs: 30")
                        .replaceAll("heads: \\d+", "heads: 2")
                        .replaceAll("count: 5", "count: 3")
                        .replaceAll("most-pictures: \\d+", "most-pictures: 2")
                        .replaceAll("types: .*", "types: [BLUR]"));
        StringWriter said = new StringWriter();
        int exit = new CommandLine(new TrainCommand())
                .setErr(new PrintWriter(said))
                .setOut(new PrintWriter(said))
                .execute(List.of(
                                "--labels", shared.resolve("labels.csv").toString(),
                                "--splits", shared.resolve("splits.csv").toString(),
                                "--test", "test",
                                "--group", "(set[0-9])_",
                                "--recipe", recipe.toString(),
                                "--out", directory.toString())
                        .toArray(String[]::new));
        assertThat(exit).as(said.toString()).isZero();
        return directory;
    }

    private static JsonNode evaluate() throws IOException {
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
                        out.resolve("package").toString(),
                        "--format",
                        "json");
        assertThat(exit).isZero();
        assertThat(printed.toString().strip().lines()).hasSize(1);
        return new ObjectMapper().readTree(printed.toString());
    }
}
