package org.loupe.dataset.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.training.data.Ratings;
import org.loupe.training.data.SplitsCsv;

class ThemeCheckTest {
    private static final int THEMES = 25;

    private final Path dir;

    ThemeCheckTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void aThemeOnBothSidesIsNamed() throws IOException {
        List<Finding> findings = ThemeCheck.of(items(i -> "theme" + (char) ('a' + i % THEMES) + "_" + i, i -> i == 27));
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(Finding.Kind.THEME_ACROSS_SPLITS);
            assertThat(finding.what()).contains("1 of 25").contains("themec");
            assertThat(finding.rows()).hasSize(4);
        });
    }

    @Test
    void numbersOfACameraAreNoThemes() throws IOException {
        assertThat(ThemeCheck.of(items(i -> "IMG_" + (1000 + i), i -> i % 5 == 0)))
                .isEmpty();
        assertThat(ThemeCheck.of(items(i -> "ss" + i % 3 + "_" + i, i -> i % 5 == 0)))
                .isEmpty();
        assertThat(ThemeCheck.of(items(i -> "photo" + i + "x", i -> i % 5 == 0)))
                .isEmpty();
    }

    private List<Item> items(IntFunction<String> name, IntPredicate test) throws IOException {
        List<String> labels = new ArrayList<>(List.of("file,task,mos,std,votes,scale_min,scale_max"));
        List<String> splits = new ArrayList<>(List.of("file,split"));
        for (int i = 0; i < 4 * THEMES; i++) {
            String file = name.apply(i) + ".jpg";
            Files.write(dir.resolve(file), new byte[1]);
            labels.add(file + ",quality,3,,,1,5");
            splits.add(file + (test.test(i) ? ",test" : ",train"));
        }
        Path csv = Files.write(dir.resolve("labels.csv"), labels);
        SplitsCsv read = SplitsCsv.read(Files.write(dir.resolve("splits.csv"), splits));
        LabelSet set = LabelSet.read(0, csv, Ratings.Hints.NONE, read, "");
        return set.rows().stream().map(row -> new Item(set, row)).toList();
    }
}
