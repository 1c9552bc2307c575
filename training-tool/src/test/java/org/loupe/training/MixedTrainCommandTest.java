package org.loupe.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
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
        StringWriter said = new StringWriter();
        int exit = new CommandLine(new TrainCommand())
                .setErr(new PrintWriter(said))
                .setOut(new PrintWriter(said))
                .execute(
                        "--labels",
                        dir.resolve("stills.csv") + "=0.5",
                        "--labels",
                        dir.resolve("clips.csv") + "=3",
                        "--recipe",
                        recipe.toString(),
                        "--out",
                        dir.resolve("out").toString());
        assertThat(exit).as(said.toString()).isZero();
        assertThat(Files.readString(dir.resolve("out/package/model.json"))).contains("stills.csv=0.5", "clips.csv=3");
        try (LocalScorer scorer = LocalScorer.open(dir.resolve("out/package").toString())) {
            assertThat(mos(scorer, "clip0.avi")).isGreaterThan(mos(scorer, "clip5.avi") + 1);
            assertThat(mos(scorer, "still0.jpg")).isGreaterThan(mos(scorer, "still5.jpg") + 1);
        }
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
