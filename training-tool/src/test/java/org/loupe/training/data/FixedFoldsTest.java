package org.loupe.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

class FixedFoldsTest {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void divideWhatTheyNameCompletely() throws IOException {
        FixedFolds folds = FixedFolds.read(List.of(write("file,fold\na.jpg,2\nb.jpg,1\nc.jpg,2\n")));
        assertThat(folds.of(items("a.jpg", "b.jpg", "c.jpg"), 2)).hasValue(new int[] {1, 0, 1});
        assertThat(folds.of(items("a.jpg", "b.jpg", "stranger.jpg"), 2)).isEmpty();
        assertThat(folds.of(items("a.jpg", "c.jpg"), 2))
                .as("the first fold is empty")
                .isEmpty();
        assertThat(folds.of(items("a.jpg", "b.jpg", "c.jpg"), 3)).isEmpty();
    }

    @Test
    void tellWhatMustNotBeParted() throws IOException {
        FixedFolds folds = FixedFolds.read(
                List.of(write("file,fold,group\na_1.jpg,1,scene\nb_1.jpg,1,scene\nc_1.jpg,2,\nd_1.jpg,2,\n")));
        List<Rated> named = items("a_1.jpg", "b_1.jpg", "c_1.jpg", "d_1.jpg");
        assertThat(named.stream().map(folds.groupOf(named, 2))).containsExactly("scene", "scene", "c_1.jpg", "d_1.jpg");
        assertThat(named.stream().map(folds::group))
                .containsExactly(Optional.of("scene"), Optional.of("scene"), Optional.empty(), Optional.empty());
        List<Rated> themed = items(
                "a_1.jpg", "a_2.jpg", "b_1.jpg", "c_1.jpg", "d_1.jpg", "e_1.jpg", "f_1.jpg", "g_1.jpg", "h_1.jpg");
        assertThat(themed.stream().map(folds.groupOf(themed, 2)).distinct())
                .as("not all are named, so their own names tell the themes")
                .hasSize(8);
        assertThat(folds.orDealt(named, 2, 7)).containsExactly(0, 0, 1, 1);
        int[] dealt = folds.orDealt(themed, 2, 7);
        assertThat(dealt[0]).as("one theme").isEqualTo(dealt[1]);
    }

    @Test
    void thoseOfTheBundledModelPartNoGroup() {
        for (String set : List.of("biq2021", "oasis-beauty")) {
            RowTable table =
                    RowTable.read(Path.of("src/main/resources/folds", set + ".csv"), List.of("file", "fold", "group"));
            Map<String, Set<String>> foldsOfGroup = new HashMap<>();
            table.rows().stream().filter(row -> !row.get("group").isEmpty()).forEach(row -> foldsOfGroup
                    .computeIfAbsent(row.get("group"), g -> new HashSet<>())
                    .add(row.get("fold")));
            assertThat(foldsOfGroup).as(set).hasSizeGreaterThan(50);
            assertThat(foldsOfGroup.values()).as(set).allMatch(folds -> folds.size() == 1);
        }
    }

    @Test
    void refuseAPictureInTwoFoldsAndWhatIsNoFold() throws IOException {
        String twice = write("file,fold\na.jpg,2\na.jpg,1\n");
        assertThatExceptionOfType(ScoringException.class)
                .isThrownBy(() -> FixedFolds.read(List.of(twice)))
                .withMessageContaining("two folds");
        String zero = write("file,fold\na.jpg,0\n");
        assertThatExceptionOfType(ScoringException.class)
                .isThrownBy(() -> FixedFolds.read(List.of(zero)))
                .withMessageContaining("from 1");
        assertThatExceptionOfType(ScoringException.class)
                .isThrownBy(() -> FixedFolds.read(List.of("no-such-folds")))
                .withMessageContaining("no-such-folds");
    }

    @Test
    void thoseOfTheBundledModelAreEvenAndKeepThemesTogether() throws IOException {
        Map<String, Set<String>> foldsOfTheme = new HashMap<>();
        Map<String, Integer> sizes = new TreeMap<>();
        for (String set : List.of("biq2021", "oasis-beauty")) {
            for (String row : Files.readAllLines(Path.of("src/main/resources/folds", set + ".csv"))) {
                String[] cells = row.split(",");
                if (!cells[0].equals("file")) {
                    boolean collection = set.equals("biq2021");
                    sizes.merge((collection ? cells[0].substring(7, 11) : set) + " " + cells[1], 1, Integer::sum);
                    if (!collection) {
                        String theme = Folds.theme(items(cells[0]).get(0));
                        foldsOfTheme
                                .computeIfAbsent(theme, t -> new HashSet<>())
                                .add(cells[1]);
                    }
                }
            }
        }
        assertThat(foldsOfTheme).hasSizeGreaterThan(50);
        assertThat(foldsOfTheme.values()).allMatch(folds -> folds.size() == 1);
        assertThat(sizes).hasSize(20); // three collections and the aesthetics, five folds each
        for (String part : List.of("ss01", "ss02", "ss03", "oasis-beauty")) {
            IntSummaryStatistics size = sizes.entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith(part))
                    .mapToInt(Map.Entry::getValue)
                    .summaryStatistics();
            assertThat(size.getMax() - size.getMin()).as(part).isLessThanOrEqualTo(4);
        }
    }

    private String write(String csv) throws IOException {
        Path file = Files.createTempFile(directory, "folds", ".csv");
        Files.writeString(file, csv);
        return file.toString();
    }

    private static List<Rated> items(String... names) {
        return Stream.of(names)
                .map(name -> new Rated(Path.of(name), name, Task.QUALITY, 3))
                .toList();
    }
}
