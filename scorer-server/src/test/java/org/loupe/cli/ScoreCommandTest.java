package org.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.decode.TestVideo;
import picocli.CommandLine;

class ScoreCommandTest {
    private static final String MODEL = "src/test/resources/models/tiny-align";

    @TempDir
    private Path scratch;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void oneBadFileNeverStopsTheOthers() throws IOException {
        Path first = picture("a.png", 90);
        Path text = Files.writeString(scratch.resolve("b.jpg"), "no picture");
        Path last = picture("c.png", 200);

        int exit = run("score", "--model", MODEL, "--format", "json", path(first), path(text), path(last));

        assertThat(exit).isEqualTo(1);
        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(3);
        ObjectMapper json = new ObjectMapper();
        JsonNode record = json.readTree(lines.get(0));
        assertThat(record.fieldNames()).toIterable().containsExactly("path", "mediaType", "model", "frames", "scores");
        assertThat(record.get("scores").fieldNames()).toIterable().containsExactly("quality", "aesthetics");
        JsonNode quality = record.get("scores").get("quality");
        assertThat(quality.fieldNames())
                .toIterable()
                .containsExactly("mos", "unitScore", "level", "probabilities", "logits");
        assertThat(quality.get("probabilities").fieldNames())
                .toIterable()
                .containsExactly("excellent", "good", "fair", "poor", "bad");
        assertThat(quality.get("logits")).hasSize(5);
        JsonNode failed = json.readTree(lines.get(1));
        assertThat(failed.fieldNames()).toIterable().containsExactly("path", "error");
        assertThat(failed.get("error").get("reason").asText()).isEqualTo("UNSUPPORTED_MEDIA_TYPE");
        assertThat(json.readTree(lines.get(2)).get("path").asText()).isEqualTo(path(last));
    }

    @Test
    void csvHasAHeaderAndOneLineAFile() throws IOException {
        Path odd = picture("a \"b\", c.png", 128);
        assertThat(run("score", "--model", MODEL, "--format", "csv", "--task", "quality", path(odd)))
                .isZero();
        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).startsWith("path,media_type,frames,quality");
        assertThat(lines.get(1)).startsWith("\"" + path(odd).replace("\"", "\"\"") + "\",image/png,1,");
    }

    @Test
    void aFolderGivesItsPicturesAndLeavesTheRest() throws IOException {
        picture("b.png", 10);
        picture("a.png", 20);
        Files.writeString(scratch.resolve("notes.txt"), "left alone");
        assertThat(run("score", "--model", MODEL, "--format", "csv", path(scratch)))
                .isZero();
        assertThat(out.toString().lines().skip(1).map(line -> line.replaceFirst(",.*", "")))
                .containsExactly(path(scratch.resolve("a.png")), path(scratch.resolve("b.png")));
        assertThat(err.toString()).contains("1 in folders left out");
    }

    @Test
    void aClipsTimelineStandsInItsRecord() throws IOException {
        Path clip = clip(25);
        int exit =
                run("score", "--model", MODEL, "--format", "json", "--timeline", "--segment-seconds", "2", path(clip));

        assertThat(exit).isZero();
        JsonNode record = new ObjectMapper().readTree(out.toString());
        assertThat(record.fieldNames())
                .toIterable()
                .containsExactly("path", "mediaType", "model", "frames", "scores", "timeline", "worst", "cover");
        assertThat(record.get("timeline")).hasSize(3);
        JsonNode last = record.get("timeline").get(2);
        assertThat(last.fieldNames()).toIterable().containsExactly("start", "end", "frames", "scores");
        assertThat(last.get("start").asInt()).isEqualTo(4);
        assertThat(last.get("end").asInt()).isEqualTo(5);
        assertThat(last.get("scores").fieldNames()).toIterable().containsExactly("quality", "aesthetics");
        assertThat(record.get("worst").fieldNames()).toIterable().containsExactly("second", "mos");
        assertThat(record.get("cover").fieldNames()).toIterable().containsExactly("second", "mos");
    }

    @Test
    void aTableShowsTheTimelineAsBars() throws IOException {
        assertThat(run("score", "--model", MODEL, "--timeline", path(clip(25)))).isZero();

        assertThat(out.toString())
                .contains("  quality    ")
                .contains("worst second 0:0")
                .contains("best cover 0:0");
    }

    @Test
    void theCoverIsWrittenInTheClipsSize() throws IOException {
        Path cover = scratch.resolve("cover.jpg");
        assertThat(run("score", "--model", MODEL, "--cover", path(cover), path(clip(25))))
                .isZero();

        BufferedImage image = ImageIO.read(cover.toFile());
        assertThat(image.getWidth()).isEqualTo(80);
        assertThat(image.getHeight()).isEqualTo(32);
    }

    @Test
    void aPhotoHasNoCover() throws IOException {
        Path cover = scratch.resolve("cover.jpg");
        assertThat(run("score", "--model", MODEL, "--cover", path(cover), path(picture("a.png", 9))))
                .isEqualTo(1);
        assertThat(out.toString()).contains("none was written");
        assertThat(cover).doesNotExist();
    }

    @Test
    void refusesATimelineItCannotPrint() throws IOException {
        Path clip = clip(1);
        assertThat(run("score", "--timeline", "--format", "csv", path(clip))).isEqualTo(2);
        assertThat(run("score", "--timeline", "--segment-seconds", "0", path(clip)))
                .isEqualTo(2);
        assertThat(run("score", "--cover", path(scratch.resolve("c.jpg")), path(clip), path(clip)))
                .isEqualTo(2);
    }

    @Test
    void aFolderGivesItsAvifPhotosToo() throws IOException {
        Files.write(
                scratch.resolve("photo.avif"),
                TestVideo.of("avif", "libaom-av1", 1, 1).bytes());
        assertThat(run("score", "--model", MODEL, "--format", "csv", path(scratch)))
                .isZero();
        assertThat(out.toString()).contains("photo.avif,image/avif,1,");
    }

    @Test
    void anUnknownTaskIsTheCommandsFault() throws IOException {
        assertThat(run("score", "--task", "beauty", path(picture("a.png", 1)))).isEqualTo(2);
        assertThat(err.toString()).contains("quality and aesthetics");
    }

    @Test
    void everyCommandTellsItsVersion() {
        assertThat(run("--version")).isZero();
        assertThat(run("model", "verify", "--version")).isZero();
        assertThat(out.toString().lines().filter(line -> line.startsWith("loupe ")))
                .hasSize(2);
    }

    private int run(String... arguments) {
        CommandLine loupe = LoupeMain.commandLine();
        loupe.setOut(new PrintWriter(out, true));
        loupe.setErr(new PrintWriter(err, true));
        return loupe.execute(arguments);
    }

    /** Five frames a second. */
    private Path clip(int frames) throws IOException {
        return Files.write(
                scratch.resolve("clip.mp4"),
                TestVideo.of("mp4", "mpeg4", frames, 5).bytes());
    }

    private Path picture(String name, int grey) throws IOException {
        BufferedImage image = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
        for (int x = 0; x < 64; x++) {
            for (int y = 0; y < 48; y++) {
                image.setRGB(x, y, (grey + x * y) & 0xff);
            }
        }
        Path file = scratch.resolve(name);
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    private static String path(Path file) {
        return file.toString();
    }
}
