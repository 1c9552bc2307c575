package org.loupe.dataset.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.decode.Frame;
import org.loupe.training.data.Distortion;
import org.loupe.training.data.TestPictures;
import picocli.CommandLine;

class FoldsCommandTest {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void keepsLookAlikesTogetherAndDealsCollectionsEvenly() throws IOException {
        List<String> labels = new ArrayList<>(List.of("file,task,mos,std,votes,scale_min,scale_max"));
        for (int i = 0; i < 24; i++) {
            Frame scene = TestPictures.photo(i, 112, 84);
            String name = (i < 12 ? "one_" : "two_") + (char) ('a' + i) + ".jpg";
            TestPictures.write(scene, directory.resolve(name));
            labels.add(name + ",quality,3,,5,1,5");
            if (i < 6) {
                TestPictures.write(Distortion.JPEG.apply(scene, 2, 1), directory.resolve("again_" + name));
                labels.add("again_" + name + ",quality,2,,5,1,5");
            }
        }
        Path csv = directory.resolve("labels.csv");
        Files.write(csv, labels);
        Map<String, String> foldOf = folds(csv, "--folds", "3", "--group", "(one|two)_");
        assertThat(foldOf).hasSize(30);
        foldOf.forEach((name, place) -> {
            if (name.startsWith("again_")) {
                assertThat(foldOf.get(name.substring(6))).as(name).isEqualTo(place);
            }
            boolean alike = foldOf.containsKey("again_" + name) || name.startsWith("again_");
            assertThat(place.endsWith(",")).as("%s stands alone", name).isNotEqualTo(alike);
        });
        assertThat(foldOf.entrySet().stream()
                        .filter(e -> e.getKey().startsWith("two_"))
                        .collect(Collectors.groupingBy(e -> e.getValue().charAt(0), Collectors.counting()))
                        .values())
                .containsOnly(4L);
        assertThat(folds(csv, "--folds", "3", "--group", "(one|two)_")).isEqualTo(foldOf);
        assertThat(folds(csv, "--folds", "3", "--seed", "9")).isNotEqualTo(foldOf);
    }

    /** @return fold and group of each picture */
    private static Map<String, String> folds(Path csv, String... options) {
        StringWriter printed = new StringWriter();
        List<String> arguments = new ArrayList<>(List.of(csv.toString()));
        arguments.addAll(List.of(options));
        int exit = new CommandLine(new FoldsCommand())
                .setErr(new PrintWriter(new StringWriter()))
                .setOut(new PrintWriter(printed))
                .execute(arguments.toArray(String[]::new));
        assertThat(exit).isZero();
        return printed.toString()
                .lines()
                .skip(1)
                .map(row -> row.split(",", 2))
                .collect(Collectors.toMap(cells -> cells[0], cells -> cells[1]));
    }
}
