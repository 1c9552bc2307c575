package org.loupe.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.loupe.score.Task;

class FoldsTest {
    private static final List<Rated> ITEMS = items();

    @Test
    void keepsAThemeTogether() {
        int[] folds = Folds.assign(ITEMS, Folds::theme, 5, 1);
        Map<String, Integer> foldOfTheme = new HashMap<>();
        for (int i = 0; i < folds.length; i++) {
            Integer before = foldOfTheme.put(Folds.theme(ITEMS.get(i)), folds[i]);
            assertThat(before == null || before == folds[i]).isTrue();
        }
    }

    @Test
    void dealsFoldsOfNearlyEqualSize() {
        int[] size = new int[5];
        for (int fold : Folds.assign(ITEMS, Rated::name, 5, 1)) {
            size[fold]++;
        }
        assertThat(size).containsOnly(ITEMS.size() / 5);
    }

    @Test
    void dependsOnNamesAndSeedOnly() {
        List<Rated> reversed = new ArrayList<>(ITEMS);
        Collections.reverse(reversed);
        int[] folds = Folds.assign(ITEMS, Folds::theme, 5, 3);
        int[] ofReversed = Folds.assign(reversed, Folds::theme, 5, 3);
        for (int i = 0; i < folds.length; i++) {
            assertThat(ofReversed[folds.length - 1 - i]).isEqualTo(folds[i]);
        }
        assertThat(Folds.assign(ITEMS, Folds::theme, 5, 4)).isNotEqualTo(folds);
    }

    private static List<Rated> items() {
        List<Rated> items = new ArrayList<>();
        for (int theme = 0; theme < 20; theme++) {
            for (int i = 1; i <= 5; i++) {
                String name = "images/theme-" + (char) ('a' + theme) + "_" + i + ".jpg";
                items.add(new Rated(Path.of(name), name, Task.AESTHETICS, 3));
            }
        }
        return items;
    }
}
