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

class LabelsCsvTest {
    private static final String HEADER = "file,task,mos,std,votes,scale_min,scale_max\n";

    private final Path dir;

    LabelsCsvTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void mapsEveryScaleToOneToFive() throws IOException {
        picture("a.jpg");
        picture("b, with comma.jpg");
        Path csv = write(
                "a.jpg,quality,0.25,,30,0,1\n\"b, with comma.jpg\",aesthetics,4,1.5,120,1,7\na.jpg,aesthetics,7,,,1,7\n");
        List<Rated> items = LabelsCsv.read(csv);
        assertThat(items).extracting(Rated::task).containsExactly(Task.QUALITY, Task.AESTHETICS, Task.AESTHETICS);
        assertThat(items.get(0).mos()).isCloseTo(2, within(1e-12));
        assertThat(items.get(1).mos()).isCloseTo(3, within(1e-12));
        assertThat(items.get(2).mos()).isCloseTo(5, within(1e-12));
        assertThat(items.get(1).file()).isEqualTo(dir.resolve("b, with comma.jpg"));
        assertThat(LabelsCsv.byTask(items).keySet()).containsExactly(Task.QUALITY, Task.AESTHETICS);
    }

    @Test
    void takesAbsolutePathsByteOrderMarkAndWindowsLineEnds() throws IOException {
        Path picture = picture("a.jpg");
        Path csv = dir.resolve("labels.csv");
        Files.writeString(csv, "\uFEFF" + HEADER.strip() + "\r\n" + picture.toAbsolutePath() + ",quality,3,,,1,5\r\n");
        assertThat(LabelsCsv.read(csv)).singleElement().extracting(Rated::mos).isEqualTo(3.0);
    }

    @Test
    void namesEveryFaultWithItsLineAtOnce() throws IOException {
        picture("a.jpg");
        Path csv = write("""
                a.jpg,quality,9,,,1,5
                gone.jpg,quality,3,,,1,5
                a.jpg,beauty,3,,,1,5
                a.jpg,aesthetics,x,,,1,5
                a.jpg,quality,3,,,5,1
                a.jpg,quality
                """);
        assertThatThrownBy(() -> LabelsCsv.read(csv))
                .isInstanceOfSatisfying(
                        ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.INVALID_REQUEST))
                .hasMessageContaining("line 2: mos 9.0 lies outside 1.0..5.0")
                .hasMessageContaining("line 3: picture not found: ")
                .hasMessageContaining("line 4: task 'beauty' is neither quality nor aesthetics")
                .hasMessageContaining("line 5: mos 'x' is not a number")
                .hasMessageContaining("line 6: a.jpg is rated twice for quality")
                .hasMessageContaining("line 6: scale_min 5.0 is not below scale_max 1.0")
                .hasMessageContaining("line 7: 2 cells under 7 columns");
    }

    @Test
    void namesMissingColumns() throws IOException {
        Path csv = dir.resolve("labels.csv");
        Files.writeString(csv, "file,mos\na.jpg,3\n");
        assertThatThrownBy(() -> LabelsCsv.read(csv))
                .hasMessageContaining("'task'")
                .hasMessageContaining("'scale_max'");
    }

    @Test
    void saysThatAFileIsAbsentOrEmpty() throws IOException {
        assertThatThrownBy(() -> LabelsCsv.read(dir.resolve("none.csv")))
                .isInstanceOfSatisfying(
                        ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.IO_FAILED));
        Path empty = Files.createFile(dir.resolve("empty.csv"));
        assertThatThrownBy(() -> LabelsCsv.read(empty)).hasMessageContaining("empty");
    }

    @Test
    void selectsASplitAndRefusesUnknownOnes() throws IOException {
        picture("a.jpg");
        picture("b.jpg");
        List<Rated> items = LabelsCsv.read(write("a.jpg,quality,3,,,1,5\nb.jpg,quality,4,,,1,5\n"));
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
