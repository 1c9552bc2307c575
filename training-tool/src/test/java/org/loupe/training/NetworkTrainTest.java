package org.loupe.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.export.small.SmallModelReader;
import org.loupe.training.data.Distortion;
import org.loupe.training.data.TestPictures;
import org.loupe.training.teacher.RandomTeacher;
import org.loupe.training.teacher.Teacher;
import picocli.CommandLine;

/** A tiny model with a convolutional part, taught by a network of random weights, from the command line. */
class NetworkTrainTest {
    private static final int PICTURES = 24;
    private static final int REFUSED = 1; // of a bare command line; the program maps reasons to codes

    @TempDir
    private static Path shared = Path.of("");

    @BeforeAll
    static void teaches() throws IOException {
        StringBuilder labels = new StringBuilder("file,task,mos,std,votes,scale_min,scale_max\n");
        for (int i = 0; i < PICTURES; i++) {
            int level = i % 4;
            var photo = TestPictures.photo(i, 96, 80);
            String name = i + ".jpg";
            TestPictures.write(level == 0 ? photo : Distortion.BLUR.apply(photo, level, 1), shared.resolve(name));
            labels.append(name).append(",quality,").append(10 - 2 * level).append(",,5,0,10\n");
        }
        Files.writeString(shared.resolve("labels.csv"), labels);
        RandomTeacher.write(shared.resolve("npm"), 1);
        RandomTeacher.write(shared.resolve("other"), 2);
        String digest;
        try (Teacher teacher = Teacher.open(shared.resolve("npm"))) {
            digest = teacher.digest();
        }
        YAMLMapper yaml = new YAMLMapper();
        String quick = Files.readString(Path.of("src/main/resources/recipes/loupe-small.yaml"))
                .replaceAll("epochs: \\d+", "epochs: 2")
                .replaceAll("heads: \\d+", "heads: 1")
                .replaceAll("count: 5", "count: 2")
                .replaceAll("most-pictures: \\d+", "most-pictures: 1")
                .replaceAll("types: .*", "types: [BLUR]");
        ObjectNode recipe = (ObjectNode) yaml.readTree(quick);
        ((ObjectNode) recipe.at("/network/teacher")).put("sha256", digest);
        ObjectNode student = (ObjectNode) recipe.at("/network/student");
        student.put("crop", 64).put("views", 1).put("held-out", 0);
        student.putObject("outputs").put("told", 4).put("own", 2);
        student.set(
                "shape",
                yaml.readTree("{stem: 4, stages: [{channels: 8, kernel: 2, blocks: [separable]}], pooled: 1}"));
        ((ObjectNode) student.get("loop")).put("batch", 8);
        yaml.writeValue(shared.resolve("quick.yaml").toFile(), recipe);
        String said = train(0, "taught", "--teacher", shared.resolve("npm").toString());
        assertThat(said).contains("is in");
    }

    @Test
    void thePackageHoldsTheNetworkAndTuningLeavesItAlone() {
        Network taught = network("taught");
        assertThat(taught.outputs()).isEqualTo(6);
        run(
                0,
                "--labels",
                shared.resolve("labels.csv").toString(),
                "--base",
                shared.resolve("taught/package").toString(),
                "--out",
                shared.resolve("tuned").toString());
        Network tuned = network("tuned");
        assertThat(tuned.projection()).isDeepEqualTo(taught.projection());
        assertThat(tuned.stem().weights()).containsExactly(taught.stem().weights());
        assertThat(tuned.stages().get(0).down().weights())
                .containsExactly(taught.stages().get(0).down().weights());
    }

    @Test
    void refusesAnotherTeacherThanTheRecipeNames() {
        String said =
                train(REFUSED, "wrong", "--teacher", shared.resolve("other").toString());
        assertThat(said).contains("is not MobileNetV2 of the npm package nsfwjs 4.4.0");
    }

    @Test
    void refusesAFolderThatIsNoPackage() {
        assertThat(train(REFUSED, "none", "--teacher", shared.toString())).contains("npm pack nsfwjs@4.4.0");
    }

    @Test
    void withoutATeacherTheBundledNetworkIsTakenAndTheRunSaysSo() {
        assertThat(train(0, "untaught")).contains("convolutional part", "--teacher teaches");
    }

    private static Network network(String run) {
        return SmallModelReader.readNetwork(shared.resolve(run).resolve("package"))
                .orElseThrow();
    }

    private static String train(int exit, String out, String... options) {
        List<String> arguments = new ArrayList<>(List.of(
                "--labels", shared.resolve("labels.csv").toString(),
                "--recipe", shared.resolve("quick.yaml").toString(),
                "--out", shared.resolve(out).toString()));
        arguments.addAll(List.of(options));
        return run(exit, arguments.toArray(String[]::new));
    }

    private static String run(int expected, String... arguments) {
        StringWriter said = new StringWriter();
        int exit = new CommandLine(new TrainCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setErr(new PrintWriter(said))
                .setOut(new PrintWriter(said))
                .execute(arguments);
        assertThat(exit).as(said.toString()).isEqualTo(expected);
        return said.toString();
    }
}
