package org.loupe.it.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.it.node.NodeProgram;
import org.loupe.report.Prediction;
import org.loupe.report.Reports;
import org.loupe.score.Task;
import org.loupe.training.data.Rated;

/** A report in Chromium, at the width of a desk and of a telephone, light and dark, with and without JavaScript. */
class ReportInBrowserIT {
    /** WCAG 2.2, level AA, for text of any size. */
    private static final double CONTRAST = 4.5;

    private static final List<String> PHOTOS = List.of("canyon-wren.jpg", "perched-osprey.jpg", "roman-colosseum.jpg");

    @TempDir
    private static Path scratch;

    private static List<JsonNode> views = List.of();

    @BeforeAll
    static void openTheReport() throws IOException, InterruptedException {
        Optional<Path> browser = browser();
        NodeProgram.lacks(browser.isEmpty(), "ReportInBrowserIT needs Chromium: on Debian `apt-get install chromium`");
        Path look = scratch.resolve("look");
        NodeProgram.install(
                look,
                "report",
                List.of("package.json", "package-lock.json", ".npmrc", "look.mjs"),
                "ReportInBrowserIT");
        Path page = scratch.resolve("report.html");
        Reports.ofEvaluation(
                page,
                "some-model/1",
                predictions(),
                null,
                Map.of(),
                Map.of("model", "some-model/1"),
                (done, all) -> {});
        NodeProgram.Run run = NodeProgram.run(
                look, List.of("node", "look.mjs", browser.orElseThrow().toString(), page.toString()));
        assertThat(run.exit()).as(run.output()).isZero();
        List<JsonNode> read = new ArrayList<>();
        for (String line : run.output().lines().toList()) {
            read.add(new ObjectMapper().readTree(line));
        }
        views = read;
    }

    @Test
    void isSeenInEveryView() {
        assertThat(views).hasSize(8);
        assertThat(views)
                .allSatisfy(view -> assertThat(view.get("pictures").asInt()).isGreaterThan(10));
    }

    @Test
    void neitherComplainsNorAsksTheNetwork() {
        assertThat(views).allSatisfy(view -> {
            assertThat(view.get("complaints")).isEmpty();
            assertThat(view.get("requests")).isEmpty();
        });
    }

    @Test
    void fitsTheScreenAndCanBeRead() {
        assertThat(views).allSatisfy(view -> {
            assertThat(view.get("overflow").asInt()).isZero();
            assertThat(view.get("leastContrast").asDouble()).isGreaterThan(CONTRAST);
            assertThat(view.get("smallestText").asDouble()).isGreaterThan(9);
            assertThat(view.get("unnamed").asInt()).isZero();
        });
    }

    @Test
    void isDarkWhereDarkIsAskedFor() {
        assertThat(views).allSatisfy(view -> assertThat(view.get("paper").asDouble() < 0.2)
                .isEqualTo(view.get("colorScheme").asText().equals("dark")));
    }

    @Test
    void tellsOfAPointUnderThePointer() {
        assertThat(views)
                .filteredOn(view -> view.get("javaScriptEnabled").asBoolean())
                .hasSize(4)
                .allSatisfy(view -> assertThat(view.get("tip").asText()).contains("people", "model"));
    }

    private static Optional<Path> browser() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .flatMap(directory -> Stream.of("chromium", "chromium-browser", "google-chrome")
                        .map(name -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static List<Prediction> predictions() throws IOException {
        List<Prediction> predictions = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 90; i++) {
            String photo = PHOTOS.get(i % PHOTOS.size());
            Path file = scratch.resolve("a photograph with a name as long as people give them " + i + " " + photo);
            try (InputStream in = ReportInBrowserIT.class.getResourceAsStream("/demo/" + photo)) {
                Files.write(file, in.readAllBytes());
            }
            double mos = 1.1 + 3.8 * random.nextDouble();
            double predicted = 1.2 + 0.7 * mos + 0.5 * random.nextDouble();
            Rated rated = new Rated(file, file.getFileName().toString(), i < 60 ? Task.QUALITY : Task.AESTHETICS, mos);
            Double[] even = new Double[5];
            Arrays.fill(even, 0.2);
            predictions.add(new Prediction(rated, "set", "test", predicted, Arrays.asList(even)));
        }
        return predictions;
    }
}
