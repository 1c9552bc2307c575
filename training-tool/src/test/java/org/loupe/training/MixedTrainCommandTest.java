package org.loupe.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.decode.Frame;
import org.loupe.score.Task;
import org.loupe.scoring.LocalScorer;
import org.loupe.training.data.Distortion;
import org.loupe.training.data.TestClips;
import org.loupe.training.data.TestPictures;
import picocli.CommandLine;

/** Photographs on one scale and clips on another, with weights; a run refuses its own package if it scores either otherwise than it did. */
class MixedTrainCommandTest {
    private static final int STILLS = 30;
    private static final int CLIPS = 12;

    private final Path dir;

    MixedTrainCommandTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void learnsFromTwoSetsOnTheirOwnScalesAndFromClips() throws IOException {
        StringBuilder stills = new StringBuilder("file,task,mos,std,votes,scale_min,scale_max\n");
        for (int i = 0; i < STILLS; i++) {
            int level = i % 6;
            String name = "still" + i + ".jpg";
            TestPictures.write(blurred(i, level), dir.resolve(name));
            stills.append(name).append(",quality,").append(10 - 2 * level).append(",,,0,10\n");
        }
        StringBuilder clips = new StringBuilder("file,task,mos,std,votes,scale_min,scale_max\n");
        for (int i = 0; i < CLIPS; i++) {
            int level = i % 6;
            int seed = 100 * i + 1000;
            String name = "clip" + i + ".avi";
            Files.write(
                    dir.resolve(name),
                    TestClips.avi(IntStream.range(0, 3)
                            .mapToObj(second -> blurred(seed + second, level))
                            .toList()));
            clips.append(name).append(",quality,").append(20 * level).append(",,,100,0\n"); // more is worse
        }
        Files.writeString(dir.resolve("stills.csv"), stills);
        Files.writeString(dir.resolve("clips.csv"), clips);
        Path recipe = dir.resolve("quick.yaml");
        Files.writeString(
                recipe,
                Files.readString(Path.of("src/main/resources/recipes/loupe-small.yaml"))
                        .replaceAll("epochs: \\d+", "epochs: 25")
                        .replaceAll("heads: \\d+", "heads: 2")
                        .replaceAll("count: 5", "count: 2")
                        .replaceAll("most-pictures: \\d+", "most-pictures: 2")
                        .replaceAll("types: .*", "types: [BLUR]"));
        train(
                "out",
                "--labels",
                dir.resolve("stills.csv") + "=0.5",
                "--labels",
                dir.resolve("clips.csv") + "=3",
                "--group",
                "^(still|clip)",
                "--recipe",
                recipe.toString());
        assertThat(Files.readString(dir.resolve("out/package/model.json"))).contains("stills.csv=0.5", "clips.csv=3");
        try (LocalScorer scorer = LocalScorer.open(dir.resolve("out/package").toString())) {
            assertThat(mos(scorer, "clip0.avi")).isGreaterThan(mos(scorer, "clip5.avi") + 1);
            assertThat(mos(scorer, "still0.jpg")).isGreaterThan(mos(scorer, "still5.jpg") + 1);
        }
    }

    /** The pictures are read once: kept features are taken along. */
    @Test
    void aRecipeThatNamesItsDataRepeatsTheTraining() throws IOException {
        learnsFromTwoSetsOnTheirOwnScalesAndFromClips();
        Path checkpoints = Files.createDirectories(dir.resolve("again/checkpoints"));
        try (var files = Files.list(dir.resolve("out/checkpoints"))) {
            for (Path known : files.filter(Files::isRegularFile).toList()) {
                Files.copy(known, checkpoints.resolve(known.getFileName()));
            }
        }
        // beauty is asked for nowhere, though the labels hold it
        Files.writeString(dir.resolve("stills.csv"), "still0.jpg,aesthetics,3,,,0,10\n", StandardOpenOption.APPEND);
        Path recipe = dir.resolve("whole.yaml");
        Files.writeString(recipe, Files.readString(dir.resolve("quick.yaml")) + """

                data:
                  sets:
                    - {labels: stills.csv, weight: 0.5, tasks: [quality]}
                    - {labels: clips.csv, weight: 3, scale: "5:1"}
                  group: ^(still|clip)
                """);
        train("again", "--recipe", recipe.toString());
        for (String same : List.of("package/model.onnx", "package/model.onnx.data", "predictions.csv")) {
            assertThat(dir.resolve("again").resolve(same))
                    .as("the sets and their scales are the same; the clips' own scale counts, not the recipe's")
                    .hasSameBinaryContentAs(dir.resolve("out").resolve(same));
        }
        JsonNode run = new ObjectMapper().readTree(dir.resolve("again/run.json").toFile());
        assertThat(run.get("commands").get(0).asText()).isEqualTo("./loupe train --recipe whole.yaml --out OUT");
        assertThat(run.at("/configuration/data/sets/1/weight").asDouble()).isEqualTo(3);
        assertThat(run.toString()).doesNotContain(dir.toString());
        assertThat(run.get("data").get(0).get("counts").toString()).isEqualTo("{\"quality train\":30}");
    }

    @Test
    void refusesARunWithoutData() {
        StringWriter said = new StringWriter();
        assertThat(execute(said, "out")).isEqualTo(2);
        assertThat(said.toString()).contains("give --labels, or a --recipe with a section `data`");
    }

    private void train(String name, String... options) {
        StringWriter said = new StringWriter();
        assertThat(execute(said, name, options)).as(said.toString()).isZero();
    }

    private int execute(StringWriter said, String name, String... options) {
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("--out", dir.resolve(name).toString()));
        return new CommandLine(new TrainCommand())
                .setErr(new PrintWriter(said))
                .setOut(new PrintWriter(said))
                .execute(arguments.toArray(String[]::new));
    }

    private double mos(LocalScorer scorer, String name) {
        return scorer.score(dir.resolve(name), Set.of(Task.QUALITY))
                .scores()
                .values()
                .iterator()
                .next()
                .mos();
    }

    private static Frame blurred(long seed, int level) {
        Frame photo = TestPictures.photo(seed, 112, 84);
        return level == 0 ? photo : Distortion.BLUR.apply(photo, level, 1);
    }
}
