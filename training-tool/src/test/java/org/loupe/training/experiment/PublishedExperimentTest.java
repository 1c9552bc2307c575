package org.loupe.training.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.cli.LoupeMain;
import org.loupe.training.data.Distortion;
import org.loupe.training.data.TestPictures;

/**
 * The way of somebody who holds the paper's data and weights, command by command, with a tiny random network in place of the one and made-up
 * files in the layout of KonIQ-10k in place of the other.
 */
class PublishedExperimentTest {
    private static final int PICTURES = 12;
    private static final int TEST_PICTURES = 8;

    @TempDir
    private Path directory;

    private final StringWriter printed = new StringWriter();
    private final StringWriter told = new StringWriter();

    @Test
    void anImportedModelStandsBesideItsPublishedFigures() throws IOException {
        koniq();
        loupe("model", "random", "--like", "tiny", "--out", in("checkpoint"));
        loupe("model", "import", in("checkpoint"), "--name", "random", "--out", in("package"));
        loupe("dataset", "convert", "--from", "koniq", in("unpacked"), "--out", in("koniq"));
        String run = loupe(
                "experiment",
                "run",
                "one-align-published",
                "--data",
                "koniq=" + in("koniq/labels.csv"),
                "--splits",
                "koniq=" + in("koniq/splits.csv"),
                "--parts",
                "test",
                "--model",
                in("package"),
                "--out",
                in("results"));
        Path result = directory.resolve("results/one-align-published");
        assertThat(Files.readString(result.resolve("result.md")))
                .isEqualToIgnoringNewLines(run)
                .contains("## random/1")
                .contains("published SRCC 0.941, PLCC 0.95 (test split)")
                .contains("| koniq, quality | 8 pictures |")
                .contains("--parts test --model package")
                .doesNotContain(directory.toString());
        assertThat(Files.readString(result.resolve("result.html"))).contains("published SRCC 0.941");
        JsonNode row = new ObjectMapper()
                .readTree(result.resolve("result.json").toFile())
                .at("/tables/0/rows/0");
        JsonNode evaluated = new ObjectMapper()
                .readTree(loupe(
                        "evaluate",
                        "--labels",
                        in("koniq/labels.csv"),
                        "--splits",
                        in("koniq/splits.csv"),
                        "--split",
                        "test",
                        "--model",
                        in("package"),
                        "--format",
                        "json"));
        assertThat(evaluated.get("n").asInt()).isEqualTo(TEST_PICTURES);
        double srcc = row.at("/srcc/value").asDouble();
        assertThat(srcc).isEqualTo(evaluated.get("srcc").asDouble(), within(1e-9));
        assertThat(row.at("/versus/srcc").asDouble()).isEqualTo(srcc - 0.941, within(1e-9));
    }

    @Test
    void namesThePartsThereAre() throws IOException {
        koniq();
        loupe("dataset", "convert", "--from", "koniq", in("unpacked"), "--out", in("koniq"));
        int exit = run(
                "experiment",
                "run",
                "one-align-published",
                "--data",
                "koniq=" + in("koniq/labels.csv"),
                "--splits",
                "koniq=" + in("koniq/splits.csv"),
                "--parts",
                "tset");
        assertThat(exit).isEqualTo(1);
        assertThat(told.toString()).contains("no part tset").contains("divided into test, train");
    }

    private void koniq() throws IOException {
        StringBuilder scores = new StringBuilder("image_name,c1,c2,c3,c4,c5,c_total,MOS,SD,MOS_zscore\n");
        StringBuilder sets = new StringBuilder("image_name,c1,c2,c3,c4,c5,MOS,SD,set\n");
        Path pictures = Files.createDirectories(directory.resolve("unpacked/1024x768"));
        for (int i = 0; i < PICTURES; i++) {
            var photo = TestPictures.photo(i, 96, 72);
            String name = i + ".jpg";
            TestPictures.write(i % 5 == 0 ? photo : Distortion.BLUR.apply(photo, i % 5, 1), pictures.resolve(name));
            int best = 20 - i;
            scores.append(name)
                    .append(",0,0,")
                    .append(100 - best)
                    .append(",0,")
                    .append(best)
                    .append(",100,,,\n");
            sets.append(name)
                    .append(",,,,,,,,")
                    .append(i < TEST_PICTURES ? "test" : "training")
                    .append('\n');
        }
        Files.writeString(directory.resolve("unpacked/koniq10k_scores_and_distributions.csv"), scores);
        Files.writeString(directory.resolve("unpacked/koniq10k_distributions_sets.csv"), sets);
    }

    private String in(String name) {
        return directory.resolve(name).toString();
    }

    private String loupe(String... arguments) {
        assertThat(run(arguments)).as(told.toString()).isZero();
        return printed.toString();
    }

    private int run(String... arguments) {
        printed.getBuffer().setLength(0);
        told.getBuffer().setLength(0);
        return LoupeMain.run(new PrintWriter(printed), new PrintWriter(told), arguments);
    }
}
