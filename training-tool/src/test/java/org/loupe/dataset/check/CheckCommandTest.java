package org.loupe.dataset.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.decode.Frame;
import org.loupe.preprocess.AreaResizer;
import org.loupe.training.data.Distortion;
import org.loupe.training.data.Rated;
import org.loupe.training.data.Ratings;
import org.loupe.training.data.SplitsCsv;
import org.loupe.training.data.TestClips;
import org.loupe.training.data.TestPictures;
import picocli.CommandLine;

/** Sound sets, and the same ones spoiled in every way that is looked for. */
class CheckCommandTest {
    private static final int PICTURES = 60;
    private static final String HEADER = "file,task,mos,std,votes,scale_min,scale_max";

    private final Path dir;
    private final List<String> labels = new ArrayList<>(List.of(HEADER));
    private final List<String> splits = new ArrayList<>(List.of("file,split"));
    private int exit;
    private String text = "";

    CheckCommandTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @BeforeEach
    void aSoundSet() throws IOException {
        for (int i = 0; i < PICTURES; i++) {
            int level = i % 6;
            Frame scene = scene(i);
            TestPictures.write(level == 0 ? scene : Distortion.BLUR.apply(scene, level, 1), dir.resolve(name(i)));
            labels.add(name(i) + ",quality," + (10 - 2 * level) + ",,5,0,10");
            splits.add(name(i) + (i < 50 ? ",train" : ",test"));
        }
    }

    @Test
    void aSoundSetHasNoErrors() throws IOException {
        List<JsonNode> records = check();
        assertThat(exit).as(text).isZero();
        JsonNode set = records.get(0);
        assertThat(set.get("record").asText()).isEqualTo("set");
        assertThat(set.get("n").asInt()).isEqualTo(PICTURES);
        assertThat(set.get("splits").get("train").asInt()).isEqualTo(50);
        assertThat(set.get("levels").get("excellent").asInt()).isEqualTo(10);
        assertThat(finding(records, "direction").get("what").asText()).contains("right way");
    }

    @Test
    void labelsThatRunBackwardsAreNoticed() throws IOException {
        labels.replaceAll(row -> row.replace(",5,0,10", ",5,10,0"));
        List<JsonNode> records = check();
        assertThat(exit).isEqualTo(1);
        assertThat(finding(records, "direction-reversed").get("fix").asText()).contains("scale_min 0 and scale_max 10");
    }

    @Test
    void everythingThatIsSpoiledIsFoundAndWhatIsSafeIsPutRight() throws IOException {
        row("gone.jpg", "4", "train");
        Files.writeString(dir.resolve("page.jpg"), "<html>not found</html>");
        row("page.jpg", "4", "train");
        byte[] whole = Files.readAllBytes(dir.resolve(name(2)));
        Files.write(dir.resolve("cut.jpg"), Arrays.copyOf(whole, whole.length / 2));
        row("cut.jpg", "4", "train");
        row(write("far.jpg", scene(100)), "11", "train");
        row(write("word.jpg", scene(101)), "good", "train");
        row(write("twice.jpg", scene(102)), "1", "train");
        labels.add("twice.jpg,quality,9,,5,0,10");
        row(write("again.jpg", scene(103)), "6", "train");
        labels.add("again.jpg,quality,6,,5,0,10");
        Files.copy(dir.resolve(name(4)), dir.resolve("same.jpg"));
        row("same.jpg", "2", "test");
        row(write("smaller.jpg", AreaResizer.reduce(scene(6), 90, 60)), "10", "test");
        row(write("cropped.jpg", Scenes.cropped(scene(12), 0.04)), "10", "test");
        labels.add(write("nowhere.jpg", scene(104)) + ",quality,5,,5,0,10");
        splits.add("unlabelled.jpg,train");

        List<JsonNode> records = check("--fix", dir.resolve("fixed.csv").toString());
        assertThat(exit).isEqualTo(1);
        assertThat(files(records, "file-missing")).containsExactly("gone.jpg");
        assertThat(files(records, "media-unreadable")).containsExactlyInAnyOrder("page.jpg", "cut.jpg");
        assertThat(files(records, "label-outside-scale")).containsExactly("far.jpg");
        assertThat(finding(records, "label-outside-scale").get("fix").asText()).contains("0..100");
        assertThat(finding(records, "row-invalid").get("rows")).hasSize(1);
        assertThat(files(records, "labels-contradict")).containsExactly("twice.jpg", "twice.jpg");
        assertThat(files(records, "rated-twice")).containsExactly("again.jpg", "again.jpg");
        assertThat(files(records, "copy-across-splits")).containsExactlyInAnyOrder(name(4), "same.jpg");
        assertThat(files(records, "near-copy-across-splits"))
                .containsExactlyInAnyOrder(name(6), "smaller.jpg", name(12), "cropped.jpg");
        assertThat(files(records, "split-missing")).containsExactly("nowhere.jpg");
        assertThat(files(records, "split-unused")).containsExactly("unlabelled.jpg");

        Path fixed = dir.resolve("fixed.csv");
        List<Rated> items = Ratings.read(fixed);
        assertThat(items).hasSize(PICTURES + 4); // again, same, smaller, cropped
        assertThat(SplitsCsv.read(fixed).select(items, "test")).hasSize(10);
        assertThat(SplitsCsv.read(fixed).of("same.jpg")).contains("train");
        assertThat(items.get(3).mos())
                .isEqualTo(Ratings.examine(dir.resolve("labels.csv"), Ratings.Hints.NONE)
                        .rows()
                        .get(3)
                        .rated()
                        .mos());
        List<JsonNode> after = run(List.of(fixed.toString(), "--splits", fixed.toString(), "--format", "json"));
        assertThat(exit).as(text).isZero();
        assertThat(kinds(after)).doesNotContain("near-copy-across-splits", "copy-across-splits", "rated-twice");
    }

    @Test
    void aScaleThatIsHardlyUsedIsQuestioned() throws IOException {
        labels.replaceAll(row -> row.replace(",5,0,10", ",5,0,100"));
        assertThat(finding(check(), "scale-unused").get("fix").asText()).contains("0..10,");
    }

    @Test
    void levelsWithoutPicturesAreNamed() throws IOException {
        labels.removeIf(row -> row.endsWith(",10,,5,0,10") || row.contains(",quality,10,"));
        assertThat(finding(check(), "level-sparse").get("what").asText()).contains("excellent (0)");
    }

    @Test
    void severalSourcesWithoutSplitsArePartsOfOneWhole() throws IOException {
        write("other.jpg", AreaResizer.reduce(scene(18), 90, 60));
        Files.write(dir.resolve("labels.csv"), labels);
        Files.write(dir.resolve("more.csv"), List.of(HEADER, "other.jpg,quality,4,,5,0,10", labels.get(1)));
        List<JsonNode> records = run(List.of(
                dir.resolve("labels.csv").toString(),
                dir.resolve("more.csv").toString(),
                "--model",
                "none",
                "--format",
                "json"));
        assertThat(exit).isEqualTo(1);
        assertThat(files(records, "near-copy-across-splits")).containsExactlyInAnyOrder(name(18), "other.jpg");
        assertThat(files(records, "copy-across-splits")).containsExactly(name(0), name(0));
    }

    @Test
    void clipsAreDecodedToTheirEndAndComparedToo() throws IOException {
        List<Frame> frames = List.of(scene(200), scene(201), scene(202));
        Files.write(dir.resolve("one.avi"), TestClips.avi(frames, 92));
        Files.write(dir.resolve("recoded.avi"), TestClips.avi(frames, 40));
        Files.write(dir.resolve("other.avi"), TestClips.avi(List.of(scene(200), scene(203)), 92));
        row("one.avi", "6", "train");
        row("recoded.avi", "4", "test");
        row("other.avi", "4", "test");
        assertThat(files(check("--model", "none"), "near-copy-across-splits"))
                .containsExactly("one.avi", "recoded.avi");
    }

    @Test
    void drawsATableAndAPage() throws IOException {
        Path page = dir.resolve("report.html");
        row("<gone>.jpg", "4", "train");
        Files.write(dir.resolve("labels.csv"), labels);
        Files.write(dir.resolve("splits.csv"), splits);
        run(List.of(
                dir.resolve("labels.csv").toString(),
                "--splits",
                dir.resolve("splits.csv").toString(),
                "--model",
                "none",
                "--html",
                page.toString()));
        assertThat(text)
                .contains("excellent", "█", "ERROR  1 picture is not there", "labels.csv:62  <gone>.jpg", "1 error,");
        assertThat(Files.readString(page)).contains("&lt;gone&gt;.jpg", "<svg", "prefers-color-scheme: dark");
    }

    /** Of the smallest size that the bundled model, which judges the direction of labels, has learned to judge. */
    private static Frame scene(int seed) {
        return Scenes.scene(seed, 256, 192);
    }

    private static String name(int i) {
        return "scene_" + i + ".jpg";
    }

    private void row(String name, String mos, String split) {
        labels.add(name + ",quality," + mos + ",,5,0,10");
        splits.add(name + "," + split);
    }

    private String write(String name, Frame frame) throws IOException {
        TestPictures.write(frame, dir.resolve(name));
        return name;
    }

    private List<JsonNode> check(String... more) throws IOException {
        Files.write(dir.resolve("labels.csv"), labels);
        Files.write(dir.resolve("splits.csv"), splits);
        List<String> arguments = new ArrayList<>(List.of(
                dir.resolve("labels.csv").toString(),
                "--splits",
                dir.resolve("splits.csv").toString(),
                "--format",
                "json"));
        arguments.addAll(List.of(more));
        return run(arguments);
    }

    private List<JsonNode> run(List<String> arguments) throws IOException {
        StringWriter out = new StringWriter();
        exit = new CommandLine(new CheckCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(new StringWriter()))
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    throw e;
                })
                .execute(arguments.toArray(String[]::new));
        text = out.toString();
        List<JsonNode> records = new ArrayList<>();
        if (arguments.contains("json")) {
            for (String line : text.lines().toList()) {
                records.add(new ObjectMapper().readTree(line));
            }
        }
        return records;
    }

    private static List<String> kinds(List<JsonNode> records) {
        return records.stream().map(record -> record.path("kind").asText()).toList();
    }

    private static JsonNode finding(List<JsonNode> records, String kind) {
        return records.stream()
                .filter(record -> record.path("kind").asText().equals(kind))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + kind + " in " + kinds(records)));
    }

    private static List<String> files(List<JsonNode> records, String kind) {
        return records.stream()
                .filter(record -> record.path("kind").asText().equals(kind))
                .flatMap(record -> StreamSupport.stream(record.get("rows").spliterator(), false))
                .map(row -> row.get("file").asText())
                .toList();
    }
}
