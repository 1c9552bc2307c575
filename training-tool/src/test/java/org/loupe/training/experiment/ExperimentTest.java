package org.loupe.training.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.command.ProgressBar;
import org.loupe.export.small.FeatureGraph;
import org.loupe.report.Study;
import org.loupe.report.StudyPage;
import org.loupe.report.StudyText;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.Rated;

class ExperimentTest {
    private static final Recipe.Fit QUICK = new Recipe.Fit(8, 0, 0, 0.02, 0.01, 16, 12, null);

    @TempDir
    private Path directory;

    @Test
    void everyShippedRecipeCanBeReadAndIsListed() {
        for (String name : Recipes.SHIPPED) {
            Recipe recipe = Recipes.read(name);
            assertThat(recipe.name()).isEqualTo(name);
            assertThat(recipe.arms().isEmpty()).isEqualTo(recipe.kind() == Recipe.Kind.PUBLISHED);
        }
    }

    @Test
    void namesTheRecipesWhereOneIsMissing() {
        assertThatThrownBy(() -> Recipes.read("levels"))
                .isInstanceOf(ScoringException.class)
                .hasMessageContaining("level-count");
    }

    @Test
    void refusesAKeyItDoesNotKnow() throws Exception {
        Path file = directory.resolve("mine.yaml");
        Files.writeString(file, "name: a\ntitle: b\nquestion: c\nkind: arms\narmz: []\n");
        assertThatThrownBy(() -> Recipes.read(file.toString())).hasMessageContaining("armz");
    }

    @Test
    void everyObjectiveLearnsWhatTheFeaturesTell() {
        List<Recipe.Arm> arms = new ArrayList<>();
        for (Objective objective : Objective.values()) {
            arms.add(arm(objective.name(), objective, 5, false, 1, 0));
        }
        arms.add(arm("nine by quantiles", Objective.DISCRETE, 9, true, 1, 0));
        List<Study.Table> tables = run(arms).arms(List.of(set(Task.QUALITY, 120, 1)));
        assertThat(tables).hasSize(1);
        assertThat(tables.get(0).rows()).hasSize(6).allSatisfy(row -> {
            assertThat(row.srcc().value()).isGreaterThan(0.5);
            assertThat(row.srcc().ci95().low()).isLessThan(row.srcc().value());
        });
        assertThat(tables.get(0).rows().get(0).versus()).isNull();
    }

    @Test
    void theSameSeedsGiveTheSameTable() {
        List<Recipe.Arm> arms =
                List.of(arm("a", Objective.SOFT, 5, false, 1, 0), arm("b", Objective.POLICY, 3, false, 0.5, 0));
        List<RatedSet> sets = List.of(set(Task.QUALITY, 60, 2));
        assertThat(run(arms).arms(sets)).isEqualTo(run(arms).arms(sets));
    }

    @Test
    void anArmMayLearnFromTheOtherTask() {
        List<Recipe.Arm> arms =
                List.of(arm("alone", Objective.SOFT, 5, false, 0.5, 0), arm("both", Objective.SOFT, 5, false, 0.5, 1));
        List<Study.Table> tables = run(arms).arms(List.of(set(Task.QUALITY, 60, 3), set(Task.AESTHETICS, 80, 4)));
        assertThat(tables).hasSize(2);
        assertThat(tables.get(0).rows().get(0).detail()).isEqualTo("24 own");
        assertThat(tables.get(0).rows().get(1).detail()).isEqualTo("24 own and 48 of the other task");
        assertThat(run(arms).arms(List.of(set(Task.QUALITY, 60, 3))).get(0).rows())
                .hasSize(1);
    }

    @Test
    void whatIsLearnedOnOneCollectionIsMeasuredOnTheOthers() {
        List<RatedSet> sets = SetReader.byCollection(List.of(set(Task.QUALITY, 120, 5)), Pattern.compile("^(.)_"));
        assertThat(sets).extracting(RatedSet::name).containsExactly("made a", "made b");
        List<Study.Table> tables =
                run(List.of(arm("only", Objective.SOFT, 5, false, 1, 0))).cross(sets);
        assertThat(tables.get(1).rows())
                .extracting(Study.Row::name)
                .containsExactly("learned on itself, cross-validated", "learned on made a, quality");
        assertThat(tables.get(1).rows().get(1).srcc().value()).isGreaterThan(0.4);
    }

    @Test
    void aSoftTargetKeepsTheRatingAndAQuantileBorderTheCounts() {
        double[] ratings = new SplittableRandom(6).doubles(300, 2, 3).toArray();
        for (int levels : new int[] {3, 5, 7, 9}) {
            LevelPlan equal = LevelPlan.of(arm("x", Objective.SOFT, levels, false, 1, 0), ratings);
            for (double rating = 1; rating <= 5; rating += 0.125) {
                float[] target = equal.soft(rating);
                double mean = 0;
                for (int i = 0; i < levels; i++) {
                    mean += target[i] * equal.weights()[i];
                }
                assertThat(mean).isCloseTo(rating, org.assertj.core.data.Offset.offset(1e-5));
            }
            LevelPlan quantile = LevelPlan.of(arm("x", Objective.DISCRETE, levels, true, 1, 0), ratings);
            int[] counts = new int[levels];
            for (double rating : ratings) {
                counts[quantile.intervals().fromWorst(rating)]++;
            }
            for (int count : counts) {
                assertThat(count).isBetween(300 / levels - 1, 300 / levels + 2);
            }
        }
    }

    @Test
    void namesOfSetsOpenNoCellAndNoTag() throws Exception {
        List<Study.Table> tables = List.of(new Study.Table(
                "a|b<script>",
                "note",
                run(List.of(arm("x|<b>", Objective.SOFT, 5, false, 1, 0)))
                        .arms(List.of(set(Task.QUALITY, 60, 8)))
                        .get(0)
                        .rows()));
        Study study = new Study("t", "q", tables, Map.of("k", "v"));
        assertThat(StudyText.markdown(study)).contains("a\\|b").contains("x\\|<b>");
        Path page = directory.resolve("page.html");
        StudyPage.write(study, page);
        assertThat(Files.readString(page)).doesNotContain("<script>").contains("x|&lt;b&gt;");
    }

    private static ExperimentRun run(List<Recipe.Arm> arms) {
        Recipe recipe = new Recipe(
                "made", "Made", "?", Recipe.Kind.ARMS, 5, Map.of("quality", QUICK, "aesthetics", QUICK), arms, null);
        return new ExperimentRun(recipe, 2, new ProgressBar(new PrintWriter(new StringWriter()), false, () -> 0));
    }

    private static Recipe.Arm arm(
            String name, Objective objective, int levels, boolean quantile, double own, double others) {
        return new Recipe.Arm(name, objective, levels, quantile, false, 0, 0, own, others, null);
    }

    /** Pictures whose rating follows from two features and some noise. */
    private static RatedSet set(Task task, int n, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Rated> items = new ArrayList<>();
        List<float[]> features = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            float[] row = new float[FeatureGraph.names().size()];
            row[3] = random.nextFloat();
            row[7] = random.nextFloat();
            double mos = 1 + 2 * row[3] + 1.6 * row[7] + 0.4 * random.nextDouble();
            String name = (i % 2 == 0 ? "a_" : "b_") + i + "x.jpg";
            items.add(new Rated(Path.of(name), name, task, mos));
            features.add(row);
        }
        return new RatedSet("made", task, items, features);
    }
}
