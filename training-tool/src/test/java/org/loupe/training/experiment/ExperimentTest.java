package org.loupe.training.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.command.ProgressBar;
import org.loupe.evaluation.Interval;
import org.loupe.export.small.FeatureGraph;
import org.loupe.report.Study;
import org.loupe.report.StudyPage;
import org.loupe.report.StudyText;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.CrossValidation;
import org.loupe.training.data.Rated;
import org.loupe.training.head.HeadRecipe;
import org.loupe.training.loop.LoopConfig;
import org.loupe.training.objective.ObjectiveKind;

class ExperimentTest {
    private static final HeadRecipe QUICK = new HeadRecipe(
            null,
            null,
            null,
            0,
            0,
            0,
            0,
            null,
            null,
            8,
            0,
            0,
            LoopConfig.DEFAULT
                    .with("epochs", 12)
                    .with("batch", 16)
                    .with("learning-rate", 0.02)
                    .with("warm-up", 0.0),
            0,
            null);

    @TempDir
    private Path directory;

    @Test
    void everyShippedRecipeCanBeReadAndIsListed() {
        for (String name : ExperimentRecipe.SHIPPED) {
            ExperimentRecipe recipe = ExperimentRecipe.read(name);
            assertThat(recipe.name()).isEqualTo(name);
            assertThat(recipe.arms().isEmpty()).isEqualTo(recipe.kind() == ExperimentRecipe.Kind.PUBLISHED);
        }
    }

    @Test
    void namesTheRecipesWhereOneIsMissing() {
        assertThatThrownBy(() -> ExperimentRecipe.read("levels"))
                .isInstanceOf(ScoringException.class)
                .hasMessageContaining("level-count");
    }

    @Test
    void refusesAKeyItDoesNotKnow() throws Exception {
        Path file = directory.resolve("mine.yaml");
        Files.writeString(file, "name: a\ntitle: b\nquestion: c\nkind: arms\narmz: []\n");
        assertThatThrownBy(() -> ExperimentRecipe.read(file.toString()))
                .hasMessageContaining("mine.yaml, line ")
                .hasMessageContaining("armz");
    }

    @Test
    void refusesARecipeThatCannotBeRun() throws Exception {
        Path file = directory.resolve("mine.yaml");
        Files.writeString(file, """
                name: a
                title: b
                question: c
                kind: cross
                fit:
                  quality: {hidden: 4, dropout-in: 0, dropout-hidden: 0, ranking-weight: 1, loop: {epochs: 2}}
                arms:
                  - {name: one, against: three}
                  - {name: two, mapping: quantile}
                """);
        assertThatThrownBy(() -> ExperimentRecipe.read(file.toString()))
                .isInstanceOf(ScoringException.class)
                .hasMessageContaining("exactly one arm")
                .hasMessageContaining("'three', which is no arm")
                .hasMessageContaining("leave out ranking-weight");
    }

    @Test
    void anArmChangesWhatItNamesAndNothingElse() {
        ExperimentRecipe.Arm arm = arm("x", ObjectiveKind.POLICY, 7, HeadRecipe.Mapping.QUANTILE, 1, 0);
        HeadRecipe changed = arm.over(QUICK);
        assertThat(changed.objective()).isEqualTo(ObjectiveKind.POLICY);
        assertThat(changed.levels()).isEqualTo(7);
        assertThat(changed.mapping()).isEqualTo(HeadRecipe.Mapping.QUANTILE);
        assertThat(changed.loop()).isEqualTo(QUICK.loop());
        assertThat(changed.hidden()).isEqualTo(QUICK.hidden());
        assertThat(changed.correlationWeight()).isZero();
    }

    @Test
    void everyObjectiveLearnsWhatTheFeaturesTell() {
        List<ExperimentRecipe.Arm> arms = new ArrayList<>();
        for (ObjectiveKind objective : ObjectiveKind.values()) {
            arms.add(arm(objective.id(), objective, 1, 0));
        }
        arms.add(arm("nine by quantiles", ObjectiveKind.LEVELS, 9, HeadRecipe.Mapping.QUANTILE, 1, 0));
        List<Study.Table> tables = run(arms).arms(List.of(set(Task.QUALITY, 120, 1)), null);
        assertThat(tables).hasSize(1);
        assertThat(tables.get(0).rows()).hasSize(6).allSatisfy(row -> {
            assertThat(row.srcc().value()).isGreaterThan(0.5);
            assertThat(row.srcc().ci95().low()).isLessThan(row.srcc().value());
        });
        assertThat(tables.get(0).rows().get(0).versus()).isNull();
    }

    @Test
    void theSameSeedsGiveTheSameTable() {
        List<ExperimentRecipe.Arm> arms =
                List.of(arm("a", ObjectiveKind.SOFT_LEVELS, 1, 0), arm("b", ObjectiveKind.POLICY, 0.5, 0));
        List<RatedSet> sets = List.of(set(Task.QUALITY, 60, 2));
        assertThat(run(arms).arms(sets, null)).isEqualTo(run(arms).arms(sets, null));
    }

    @Test
    void anArmMayLearnFromTheOtherTask() {
        List<ExperimentRecipe.Arm> arms = List.of(
                arm("alone", ObjectiveKind.SOFT_LEVELS, 0.5, 0), arm("both", ObjectiveKind.SOFT_LEVELS, 0.5, 1));
        List<Study.Table> tables = run(arms).arms(List.of(set(Task.QUALITY, 60, 3), set(Task.AESTHETICS, 80, 4)), null);
        assertThat(tables).hasSize(2);
        assertThat(tables.get(0).rows().get(0).detail()).isEqualTo("24 own");
        assertThat(tables.get(0).rows().get(1).detail()).isEqualTo("24 own and 48 of the other task");
        assertThat(run(arms)
                        .arms(List.of(set(Task.QUALITY, 60, 3)), null)
                        .get(0)
                        .rows())
                .hasSize(1);
    }

    @Test
    void whatIsLearnedOnOneCollectionIsMeasuredOnTheOthers() {
        List<RatedSet> sets = SetReader.byCollection(List.of(set(Task.QUALITY, 120, 5)), Pattern.compile("^(.)_"));
        assertThat(sets).extracting(RatedSet::name).containsExactly("made a", "made b");
        List<Study.Table> tables =
                run(List.of(arm("only", ObjectiveKind.SOFT_LEVELS, 1, 0))).cross(sets);
        assertThat(tables.get(1).rows())
                .extracting(Study.Row::name)
                .containsExactly("learned on itself, cross-validated", "learned on made a, quality");
        assertThat(tables.get(1).rows().get(1).srcc().value()).isGreaterThan(0.4);
    }

    @Test
    void eachCollectionIsMeasuredByItselfToo() {
        List<Study.Table> tables = run(List.of(arm("only", ObjectiveKind.SOFT_LEVELS, 1, 0)))
                .arms(List.of(set(Task.QUALITY, 120, 6)), Pattern.compile("^(.)_"));
        assertThat(tables)
                .extracting(Study.Table::title)
                .containsExactly("made, quality", "Within made a, quality", "Within made b, quality");
        assertThat(tables.get(1).rows().get(0).srcc().value()).isGreaterThan(0.5);
    }

    @Test
    void whatLooksLikeAMeasuredPictureIsNotLearned() throws Exception {
        Path folds = directory.resolve("folds.csv");
        StringBuilder rows = new StringBuilder("file,fold,group\n");
        RatedSet whole = set(Task.QUALITY, 120, 7);
        for (int i = 0; i < whole.size(); i++) {
            // the first ten of collection a look like the first ten of b
            rows.append(whole.items().get(i).name())
                    .append(',')
                    .append(1 + i % 10 / 2)
                    .append(',')
                    .append(i < 20 ? "scene " + i / 2 : "")
                    .append('\n');
        }
        Files.writeString(folds, rows.toString());
        List<Study.Table> tables = run(
                        List.of(arm("only", ObjectiveKind.SOFT_LEVELS, 1, 0)),
                        new CrossValidation(5, 1, List.of(folds.toString())))
                .cross(SetReader.byCollection(List.of(whole), Pattern.compile("^(.)_")));
        assertThat(tables.get(0).rows()).extracting(Study.Row::detail).containsExactly("48 own", "50 others");
    }

    @Test
    void picturesThatSayTheSameDoNotNarrowTheInterval() {
        RatedSet once = set(Task.QUALITY, 60, 9);
        double[] rated = once.ratings();
        SplittableRandom random = new SplittableRandom(4);
        double[] said = IntStream.range(0, rated.length)
                .mapToDouble(i -> rated[i] + 3 * random.nextDouble())
                .toArray();
        List<String> names = once.items().stream().map(Rated::name).toList();
        Interval alone = interval(said, rated, names);
        double[] ratedTwice =
                IntStream.range(0, 120).mapToDouble(i -> rated[i / 2]).toArray();
        double[] saidTwice =
                IntStream.range(0, 120).mapToDouble(i -> said[i / 2]).toArray();
        List<String> namesTwice =
                IntStream.range(0, 120).mapToObj(i -> names.get(i / 2)).toList();
        Interval grouped = interval(saidTwice, ratedTwice, namesTwice);
        assertThat(grouped.low()).isEqualTo(alone.low(), within(1e-9));
        assertThat(grouped.high()).isEqualTo(alone.high(), within(1e-9));
    }

    @Test
    void namesOfSetsOpenNoCellAndNoTag() throws Exception {
        List<Study.Table> tables = List.of(new Study.Table(
                "a|b<script>",
                "note",
                run(List.of(arm("x|<b>", ObjectiveKind.SOFT_LEVELS, 1, 0)))
                        .arms(List.of(set(Task.QUALITY, 60, 8)), null)
                        .get(0)
                        .rows()));
        Study study = new Study("t", "q", tables, Map.of("k", "v"));
        assertThat(StudyText.markdown(study)).contains("a\\|b").contains("x\\|<b>");
        Path page = directory.resolve("page.html");
        StudyPage.write(study, page);
        assertThat(Files.readString(page)).doesNotContain("<script>").contains("x|&lt;b&gt;");
    }

    private static ExperimentRun run(List<ExperimentRecipe.Arm> arms) {
        return run(arms, new CrossValidation(5, 1, null));
    }

    private static ExperimentRun run(List<ExperimentRecipe.Arm> arms, CrossValidation folds) {
        ExperimentRecipe recipe = new ExperimentRecipe(
                "made",
                "Made",
                "?",
                ExperimentRecipe.Kind.ARMS,
                folds,
                Map.of("quality", QUICK, "aesthetics", QUICK),
                arms,
                null);
        return new ExperimentRun(
                recipe, FeatureGraph.names(), 2, new ProgressBar(new PrintWriter(new StringWriter()), false, () -> 0));
    }

    private static Interval interval(double[] said, double[] rated, List<String> groups) {
        List<double[][]> one = new ArrayList<>();
        one.add(new double[][] {said});
        return new SeedFigures(one, rated, groups).srcc(0).ci95();
    }

    private static ExperimentRecipe.Arm arm(String name, ObjectiveKind objective, double own, double others) {
        return arm(name, objective, 5, HeadRecipe.Mapping.EQUIDISTANT, own, others);
    }

    private static ExperimentRecipe.Arm arm(
            String name, ObjectiveKind objective, int levels, HeadRecipe.Mapping mapping, double own, double others) {
        return new ExperimentRecipe.Arm(name, objective, levels, mapping, null, null, null, own, others, null);
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
