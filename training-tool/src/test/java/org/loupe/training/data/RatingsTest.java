package org.loupe.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

class RatingsTest {
    private static final String HEADER = "file,task,mos,std,votes,scale_min,scale_max\n";

    private final Path dir;

    RatingsTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void mapsEveryScaleToOneToFive() throws IOException {
        picture("a.jpg");
        picture("b, with comma.jpg");
        Path csv = write(
                "a.jpg,quality,0.25,,30,0,1\n\"b, with comma.jpg\",aesthetics,4,1.5,120,1,7\na.jpg,aesthetics,7,,,1,7\n");
        List<Rated> items = Ratings.read(csv);
        assertThat(items).extracting(Rated::task).containsExactly(Task.QUALITY, Task.AESTHETICS, Task.AESTHETICS);
        assertThat(items.get(0).mos()).isCloseTo(2, within(1e-12));
        assertThat(items.get(1).mos()).isCloseTo(3, within(1e-12));
        assertThat(items.get(2).mos()).isCloseTo(5, within(1e-12));
        assertThat(items.get(1).file()).isEqualTo(dir.resolve("b, with comma.jpg"));
        assertThat(Ratings.byTask(items).keySet()).containsExactly(Task.QUALITY, Task.AESTHETICS);
    }

    @Test
    void takesAbsolutePathsByteOrderMarkAndWindowsLineEnds() throws IOException {
        Path picture = picture("a.jpg");
        Path csv = dir.resolve("labels.csv");
        Files.writeString(csv, "\uFEFF" + HEADER.strip() + "\r\n" + picture.toAbsolutePath() + ",quality,3,,,1,5\r\n");
        assertThat(Ratings.read(csv)).singleElement().extracting(Rated::mos).isEqualTo(3.0);
    }

    @Test
    void namesEveryFaultWithItsLineAtOnce() throws IOException {
        picture("a.jpg");
        Path csv = write("""
                a.jpg,quality,9,,,1,5
                gone.jpg,quality,3,,,1,5
                a.jpg,beauty,3,,,1,5
                a.jpg,aesthetics,x,,,1,5
                a.jpg,quality,3,,,5,5
                a.jpg,quality
                """);
        assertThatThrownBy(() -> Ratings.read(csv))
                .isInstanceOfSatisfying(
                        ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.INVALID_REQUEST))
                .hasMessageContaining("line 2: mos 9.0 lies outside 1.0..5.0")
                .hasMessageContaining("line 3: picture not found: ")
                .hasMessageContaining("line 4: task 'beauty' is neither quality nor aesthetics")
                .hasMessageContaining("line 5: mos 'x' is not a number")
                .hasMessageContaining("line 6: a.jpg is rated twice for quality")
                .hasMessageContaining("line 6: scale_min 5.0 and scale_max 5.0 make no scale")
                .hasMessageContaining("line 7: 2 cells under 7 columns");
    }

    @Test
    void namesMissingColumns() throws IOException {
        Path csv = dir.resolve("labels.csv");
        picture("a.jpg");
        Files.writeString(csv, "file,task,mos\na.jpg,quality,3\n");
        assertThatThrownBy(() -> Ratings.read(csv))
                .hasMessageContaining("'scale_min'")
                .hasMessageContaining("'scale_max'");
        Files.writeString(csv, "file,mos\na.jpg,3\n");
        assertThatThrownBy(() -> Ratings.read(csv))
                .hasMessageContaining("'task'")
                .hasMessageContaining("--label-task");
        assertThat(Ratings.read(csv, new Ratings.Hints(Task.AESTHETICS, new Scale(5, 1))))
                .singleElement()
                .satisfies(item -> {
                    assertThat(item.task()).isEqualTo(Task.AESTHETICS);
                    assertThat(item.mos()).isCloseTo(3, within(1e-12));
                });
    }

    @Test
    void whereMoreIsWorseTheScaleIsTurned() throws IOException {
        picture("a.jpg");
        assertThat(Ratings.read(write("a.jpg,quality,20,10,,100,0\n")))
                .singleElement()
                .satisfies(item -> {
                    assertThat(item.mos()).isCloseTo(4.2, within(1e-12));
                    assertThat(item.std()).hasValue(0.4);
                });
    }

    @Test
    void rawVotesGiveMeanAndDeviation() throws IOException {
        picture("a.jpg");
        Path csv = dir.resolve("votes.csv");
        Files.writeString(csv, "file,task,n1,n2,n3\na.jpg,aesthetics,1,0,3\n");
        Path lines = dir.resolve("votes.jsonl");
        Files.writeString(lines, "{\"file\":\"a.jpg\",\"task\":\"aesthetics\",\"n\":[1,0,3]}\n");
        for (Path labels : List.of(csv, lines)) {
            assertThat(Ratings.read(labels)).singleElement().satisfies(item -> {
                assertThat(item.mos()).isCloseTo(4, within(1e-12));
                assertThat(item.std().orElseThrow()).isCloseTo(Math.sqrt(3), within(1e-12));
                assertThat(item.votes()).containsExactly(1, 0, 3);
            });
        }
    }

    @Test
    void jsonLinesAreReadLikeCsv() throws IOException {
        picture("a.jpg");
        Path lines = dir.resolve("labels.jsonl");
        Files.writeString(
                lines, "{\"file\":\"a.jpg\",\"task\":\"quality\",\"mos\":0.5,\"scale_min\":0,\"scale_max\":1}\n\n");
        assertThat(Ratings.read(lines)).singleElement().extracting(Rated::mos).isEqualTo(3.0);
        Files.writeString(lines, "{\"file\":\"a.jpg\"}\n");
        assertThatThrownBy(() -> Ratings.read(lines)).hasMessageContaining("line 1: there is no column 'task'");
        Files.writeString(lines, "not json\n");
        assertThatThrownBy(() -> Ratings.read(lines)).hasMessageContaining("not one JSON object a line");
    }

    @Test
    void readsTheReferencesFilesOnceTheScaleIsKnown() throws IOException {
        picture("a.jpg");
        picture("b.jpg");
        Path json = dir.resolve("test.json");
        Files.writeString(json, """
                [{"id": "a.jpg->75", "image": "a.jpg", "conversations": [{"from": "human", "value": "How is it?"},
                  {"from": "gpt", "value": "The quality of the image is good."}]},
                 {"img_path": "b.jpg", "gt_score": 25,
                  "conversations": [{"from": "gpt", "value": "The aesthetics of the image is poor."}]}]
                """);
        List<Rated> items = Ratings.read(json, new Ratings.Hints(null, new Scale(0, 100)));
        assertThat(items).extracting(Rated::task).containsExactly(Task.QUALITY, Task.AESTHETICS);
        assertThat(items).extracting(Rated::mos).containsExactly(4.0, 2.0);
        assertThatThrownBy(() -> Ratings.read(json)).hasMessageContaining("--label-scale");
    }

    @Test
    void takesALevelWordForItsScoreWhereThereIsNoNumber() throws IOException {
        picture("a.jpg");
        Path json = dir.resolve("train.json");
        Files.writeString(
                json,
                "[{\"id\":\"x\",\"image\":\"a.jpg\",\"conversations\":"
                        + "[{\"from\":\"gpt\",\"value\":\"The quality of the image is excellent.\"}]}]");
        assertThat(Ratings.read(json)).singleElement().extracting(Rated::mos).isEqualTo(5.0);
        Files.writeString(json, "[{\"image\":\"a.jpg\",\"gt_score\":3}, {\"image\":\"gone.jpg\"}]");
        assertThatThrownBy(() -> Ratings.read(json))
                .hasMessageContaining("entry 1: a.jpg does not say what was asked: give --label-task")
                .hasMessageContaining("entry 2: picture not found");
    }

    @Test
    void starsAreRatings() throws IOException {
        TestPictures.write(TestPictures.photo(1, 24, 16), dir.resolve("a.jpg"));
        TestPictures.write(TestPictures.photo(1, 24, 16), dir.resolve("b.jpg"));
        TestPictures.write(TestPictures.photo(1, 24, 16), dir.resolve("unrated.jpg"));
        TestPictures.write(TestPictures.photo(1, 24, 16), dir.resolve("rejected.jpg"));
        sidecar("a.jpg.xmp", "xmp:Rating=\"4\"/>");
        sidecar("b.xmp", "><xmp:Rating>2</xmp:Rating></rdf:Description>");
        sidecar("unrated.xmp", "xmp:Rating=\"0\"/>");
        sidecar("rejected.xmp", "xmp:Rating=\"-1\"/>");
        List<Rated> items = Ratings.read(dir);
        assertThat(items).extracting(Rated::name).containsExactly("a.jpg", "b.jpg");
        assertThat(items).extracting(Rated::mos).containsExactly(4.0, 2.0);
        assertThat(items).extracting(Rated::task).containsOnly(Task.AESTHETICS);
        Files.delete(dir.resolve("a.jpg.xmp"));
        Files.delete(dir.resolve("b.xmp"));
        assertThatThrownBy(() -> Ratings.read(dir)).hasMessageContaining("none of the 4 photographs");
    }

    private void sidecar(String name, String rest) throws IOException {
        Files.writeString(
                dir.resolve(name),
                "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
                        + "<rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" " + rest
                        + "</rdf:RDF></x:xmpmeta>");
    }

    @Test
    void saysThatAFileIsAbsentOrEmpty() throws IOException {
        assertThatThrownBy(() -> Ratings.read(dir.resolve("none.csv")))
                .isInstanceOfSatisfying(
                        ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.IO_FAILED));
        Path empty = Files.createFile(dir.resolve("empty.csv"));
        assertThatThrownBy(() -> Ratings.read(empty)).hasMessageContaining("empty");
    }

    @Test
    void selectsASplitAndRefusesUnknownOnes() throws IOException {
        picture("a.jpg");
        picture("b.jpg");
        List<Rated> items = Ratings.read(write("a.jpg,quality,3,,,1,5\nb.jpg,quality,4,,,1,5\n"));
        Path file = dir.resolve("splits.csv");
        Files.writeString(file, "file,split\na.jpg,train\nb.jpg,test\n");
        SplitsCsv splits = SplitsCsv.read(file);
        assertThat(splits.select(items, "test")).extracting(Rated::name).containsExactly("b.jpg");
        assertThatThrownBy(() -> splits.select(items, "val")).hasMessageContaining("[test, train]");
        Files.writeString(file, "file,split\na.jpg,train\n");
        assertThatThrownBy(() -> SplitsCsv.read(file).select(items, "train")).hasMessageContaining("b.jpg");
    }

    private Path write(String rows) throws IOException {
        return Files.writeString(dir.resolve("labels.csv"), HEADER + rows);
    }

    private Path picture(String name) throws IOException {
        return Files.createFile(dir.resolve(name));
    }
}
