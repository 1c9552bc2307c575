package org.loupe.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.Rated;
import org.w3c.dom.Document;

class ReportsTest {
    @TempDir
    private Path directory;

    @Test
    void showsEveryMeasuredPictureOfARun() throws Exception {
        Path folder = RunDirectory.write(directory, 60);
        Document page = parsed(Files.readString(run(List.of(folder))));
        // 45 of quality and 15 of aesthetics, less the fifth that is val
        assertThat(count(page, "circle", "cx", "points")).isEqualTo(48);
        assertThat(text(page)).contains("Quality", "Aesthetics", "Loss", "SRCC", "./loupe train --labels a/labels.csv");
    }

    @Test
    void saysTheSameWhateverHappenedToThePictures() throws Exception {
        RunDirectory.write(directory, 40);
        String page = Files.readString(run(List.of(directory.resolve("nowhere"))));
        assertThat(page).contains("not at hand").doesNotContain("data:image");
    }

    @Test
    void embedsBoundedCopiesAndNothingOfThePathsTheyCameFrom() throws Exception {
        Path folder = RunDirectory.write(directory, 300);
        String page = Files.readString(run(List.of(folder)));
        Matcher images = Pattern.compile("<img ").matcher(page);
        assertThat(images.results().count()).isBetween(100L, 64L + 160L + 48L);
        assertThat(page).doesNotContain(directory.toString());
        assertThat(page.length()).isLessThan(3_000_000);
    }

    @Test
    void asksNothingOfTheNetwork() throws Exception {
        Path folder = RunDirectory.write(directory, 40);
        String page = Files.readString(run(List.of(folder)));
        assertThat(page).contains("default-src &#39;none&#39;");
        assertThat(Pattern.compile("(src|href)=\"(?!data:image/jpeg;base64,|#)")
                        .matcher(page)
                        .find())
                .isFalse();
        assertThat(page).doesNotContain("http://").doesNotContain("https://");
    }

    @Test
    void takesFileNamesForTextWhateverTheyHold() throws Exception {
        String name = "</title></svg><script>alert(1)</script>\"' onload='x' \u0007\u202e.jpg";
        List<Prediction> predictions = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            Rated rated = new Rated(directory.resolve("absent.jpg"), i + name, Task.QUALITY, 1 + i / 4.0);
            predictions.add(new Prediction(rated, "set<b>", "test", 1.5 + i / 5.0, List.of()));
        }
        Path page = directory.resolve("page.html");
        Reports.ofEvaluation(
                page,
                "m<script>/1",
                predictions,
                Pattern.compile("^(.*)$"),
                Map.of(),
                Map.of("<i>", "<u>"),
                (d, a) -> {});
        String text = Files.readString(page);
        assertThat(text)
                .doesNotContain("<script>alert")
                .doesNotContain("\u0007")
                .contains("&lt;script&gt;alert(1)");
        assertThat(parsed(text).getElementsByTagName("script").getLength()).isEqualTo(1);
        assertThat(text).contains("Not measured: that needs the probabilities");
    }

    @Test
    void doesNotPraiseAModelForWhatItLearnedFrom() {
        List<Prediction> predictions = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Rated rated = new Rated(directory.resolve("absent.jpg"), i + ".jpg", Task.QUALITY, 1 + i / 10.0);
            predictions.add(new Prediction(rated, "set", Prediction.TRAIN, 1 + i / 10.0, List.of()));
        }
        Finding finding = Finding.of(true, Task.QUALITY, predictions, new org.loupe.evaluation.Evaluator(null));
        assertThat(new Verdict(finding).headline()).contains("learned from");
    }

    @Test
    void warnsOfGroupsAndLevelsTheFigureDoesNotHoldFor() {
        List<Prediction> predictions = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            boolean first = i < 30;
            double mos = first ? 1.5 + i % 7 / 10.0 : 4 + i % 7 / 10.0;
            double predicted = first ? 2 + (i * 5 % 7) / 10.0 : 3.6 + (i * 3 % 7) / 10.0;
            Rated rated = new Rated(directory.resolve("absent.jpg"), (first ? "one_" : "two_") + i, Task.QUALITY, mos);
            predictions.add(new Prediction(rated, "set", "test", predicted, List.of()));
        }
        Finding finding = Finding.of(
                true, Task.QUALITY, predictions, new org.loupe.evaluation.Evaluator(Pattern.compile("^([a-z]+)_")));
        assertThat(String.join("\n", new Verdict(finding).cautions()))
                .contains("Only 60 pictures", "telling collections apart", "keep to the middle", "“fair” (0)");
    }

    @Test
    void aResumedRunCountsOnFromItsCheckpoint() throws IOException {
        Path log = directory.resolve("run.jsonl");
        Files.writeString(log, """
                {"event":"step","fit":"a","step":10,"loss":3}
                {"event":"step","fit":"a","step":20,"loss":2}
                {"event":"step","fit":"a","step":30,"loss":9}
                {"event":"step","fit":"a","step":20,"loss":1.5}
                {"event":"end","fit":"a","step":20,"metrics":{"srcc":0.5}}
                {"event":"step","fit":"b","ste""");
        List<Series> loss = RunCurves.read(log).charts().getOrDefault(RunCurves.Kind.LOSS, List.of());
        assertThat(loss).hasSize(1);
        assertThat(loss.get(0).values()).containsExactly(3, 1.5);
        assertThat(RunCurves.read(log).charts()).doesNotContainKey(RunCurves.Kind.AGREEMENT);
    }

    @Test
    void refusesADirectoryWithoutPredictions() {
        assertThatThrownBy(() -> run(List.of()))
                .isInstanceOfSatisfying(
                        ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.INVALID_REQUEST))
                .hasMessageContaining("predictions.csv");
    }

    @Test
    void axesEndOnTheirTicks() {
        Axis axis = Axis.around(0.613, 0.742, 4, 0, 100);
        assertThat(axis.low()).isLessThanOrEqualTo(0.613);
        assertThat(axis.high()).isGreaterThanOrEqualTo(0.742);
        assertThat(axis.ticks(4)).hasSizeBetween(3, 7);
        assertThat(Axis.around(2, 2, 4, 0, 1).low()).isLessThan(2);
    }

    private Path run(List<Path> pictures) {
        return Reports.ofRun(directory, pictures, null, (done, all) -> {});
    }

    /** Apart from script and style, which XML would read differently, the page is well-formed XML: so nothing broke out. */
    private static Document parsed(String page) throws Exception {
        String plain = page.replaceFirst("<!DOCTYPE html>\\s*", "")
                .replaceAll("(?s)<style>.*?</style>", "<style/>")
                .replaceAll("(?s)<script>.*?</script>", "<script/>");
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(plain.getBytes(StandardCharsets.UTF_8)));
    }

    private static int count(Document page, String tag, String attribute, String parentClass) {
        int count = 0;
        var found = page.getElementsByTagName(tag);
        for (int i = 0; i < found.getLength(); i++) {
            var parent = (org.w3c.dom.Element) found.item(i).getParentNode();
            boolean has = ((org.w3c.dom.Element) found.item(i)).hasAttribute(attribute);
            count += has && parent.getAttribute("class").startsWith(parentClass) ? 1 : 0;
        }
        return count;
    }

    private static String text(Document page) {
        return page.getDocumentElement().getTextContent();
    }
}
