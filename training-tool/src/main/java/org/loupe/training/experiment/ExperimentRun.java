package org.loupe.training.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.evaluation.Agreement;
import org.loupe.evaluation.HumanAgreement;
import org.loupe.evaluation.Interval;
import org.loupe.evaluation.Intervals;
import org.loupe.report.Study;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scoring.LocalScorer;
import org.loupe.training.data.Rated;

/** One experiment from rated pictures to tables. For one thread. */
final class ExperimentRun {
    /** Fewer pictures cannot be cross-validated into figures that mean anything. */
    private static final int FEWEST_PICTURES = 50;

    private final ExperimentRecipe recipe;
    private final int seeds;
    private final ProgressBar bar;
    private final Fitting fitting;

    /** @param inputNames names of the columns of all features; empty where none are read */
    ExperimentRun(ExperimentRecipe recipe, List<String> inputNames, int seeds, ProgressBar bar) {
        this.recipe = recipe;
        this.seeds = seeds;
        this.bar = bar;
        this.fitting = new Fitting(recipe, inputNames);
    }

    /**
     * Every arm on every set: what arms are for.
     *
     * @param collection whose first capture in a name is the collection; each is measured by itself, too. Null for none
     */
    List<Study.Table> arms(List<RatedSet> sets, @Nullable Pattern collection) {
        List<Study.Table> tables = new ArrayList<>();
        for (RatedSet set : sets) {
            check(set);
            List<RatedSet> others = SetReader.ofOtherTasks(sets, set.task());
            List<ExperimentRecipe.Arm> arms = recipe.arms().stream()
                    .filter(arm -> arm.others() == 0 || !others.isEmpty())
                    .toList();
            Runnable tick = ticks(set, (long) arms.size() * seeds * folds());
            List<double[][]> ways = new ArrayList<>();
            for (ExperimentRecipe.Arm arm : arms) {
                double[][] predicted = new double[seeds][];
                for (int seed = 0; seed < seeds; seed++) {
                    predicted[seed] = fitting.crossValidate(arm, set, others, seed + 1L, tick);
                }
                ways.add(predicted);
            }
            List<String> learned = arms.stream()
                    .map(arm -> learned(arm, learnable(set), others))
                    .toList();
            tables.add(new Study.Table(
                    title(set),
                    folds() + "-fold cross-validation over " + set.size() + " pictures" + together(set) + ", " + seeds
                            + " seeds.",
                    rows(arms, learned, ways, set)));
            for (RatedSet part : SetReader.byCollection(List.of(set), collection)) {
                if (part.size() < set.size() && part.size() >= FEWEST_PICTURES) {
                    tables.add(new Study.Table(
                            "Within " + title(part),
                            part.size() + " of these pictures" + together(part) + ", the same scores.",
                            rows(arms, learned, within(part, set, ways), part)));
                }
            }
        }
        return tables;
    }

    private List<Study.Row> rows(
            List<ExperimentRecipe.Arm> arms, List<String> learned, List<double[][]> ways, RatedSet measured) {
        SeedFigures figures = new SeedFigures(ways, measured.ratings(), fitting.groups(measured));
        List<Study.Row> rows = new ArrayList<>();
        for (int i = 0; i < arms.size(); i++) {
            int against = against(arms, i);
            rows.add(new Study.Row(
                    arms.get(i).name(),
                    learned.get(i),
                    figures.srcc(i),
                    figures.plcc(i),
                    figures.rmse(i),
                    against < 0
                            ? null
                            : figures.versus(i, against, arms.get(against).name())));
        }
        return rows;
    }

    /** @return what was said of the part's pictures */
    private static List<double[][]> within(RatedSet part, RatedSet whole, List<double[][]> ways) {
        Set<Rated> members = new HashSet<>(part.items());
        int[] places = IntStream.range(0, whole.size())
                .filter(i -> members.contains(whole.items().get(i)))
                .toArray();
        return ways.stream()
                .map(way -> Arrays.stream(way)
                        .map(said ->
                                IntStream.of(places).mapToDouble(i -> said[i]).toArray())
                        .toArray(double[][]::new))
                .toList();
    }

    /** The only arm learned on one set and measured on all, whatever they are rated for. */
    List<Study.Table> cross(List<RatedSet> sets) {
        ExperimentRecipe.Arm arm = recipe.arms().get(0); // the recipe saw to it that there is no other
        List<Study.Table> tables = new ArrayList<>();
        for (RatedSet measured : sets) {
            check(measured);
            Runnable tick = ticks(measured, (long) seeds * folds());
            List<double[][]> ways = new ArrayList<>();
            double[][] own = new double[seeds][];
            for (int seed = 0; seed < seeds; seed++) {
                own[seed] = fitting.crossValidate(arm, measured, List.of(), seed + 1L, tick);
            }
            ways.add(own);
            List<RatedSet> others =
                    sets.stream().filter(set -> !set.equals(measured)).toList();
            for (RatedSet other : others) {
                double[][] predicted = new double[seeds][];
                for (int seed = 0; seed < seeds; seed++) {
                    predicted[seed] = fitting.transfer(arm, other, measured, seed + 1L);
                }
                ways.add(predicted);
            }
            SeedFigures figures = new SeedFigures(ways, measured.ratings(), fitting.groups(measured));
            List<Study.Row> rows = new ArrayList<>();
            String itself = "learned on itself, cross-validated";
            rows.add(new Study.Row(
                    itself, learnable(measured) + " own", figures.srcc(0), figures.plcc(0), figures.rmse(0), null));
            for (int i = 0; i < others.size(); i++) {
                RatedSet other = others.get(i);
                rows.add(new Study.Row(
                        "learned on " + title(other),
                        fitting.strangers(other, measured).length + " others",
                        figures.srcc(i + 1),
                        figures.plcc(i + 1),
                        other.task() == measured.task() ? figures.rmse(i + 1) : null,
                        figures.versus(i + 1, 0, itself)));
            }
            tables.add(new Study.Table(
                    "Measured on " + title(measured), measured.size() + " pictures" + together(measured) + ".", rows));
        }
        return tables;
    }

    /** The only arm beside one person, both held against the mean of the other people. */
    List<Study.Table> people(List<RatedSet> sets) {
        ExperimentRecipe.Arm arm = recipe.arms().get(0); // the recipe saw to it that there is no other
        List<Study.Table> tables = new ArrayList<>();
        for (RatedSet set : sets) {
            if (!HumanAgreement.known(set.items())) {
                bar.println(title(set) + " has no votes of single people and is left out.");
                continue;
            }
            check(set);
            Runnable tick = ticks(set, (long) seeds * folds());
            double[] mean = new double[set.size()];
            for (int seed = 0; seed < seeds; seed++) {
                double[] predicted = fitting.crossValidate(arm, set, List.of(), seed + 1L, tick);
                for (int i = 0; i < mean.length; i++) {
                    mean[i] += predicted[i] / seeds;
                }
            }
            HumanAgreement agreement = HumanAgreement.of(set.items(), mean, HumanAgreement.DRAWS, 1);
            String person = "one person";
            tables.add(new Study.Table(
                    title(set),
                    agreement.n() + " pictures with " + Math.round(agreement.votes())
                            + " votes each on average. A person is one vote drawn for each picture from its histogram, held against the"
                            + " mean of the others' votes: nobody's real vote series, as histograms do not tell who voted. The model,"
                            + " the mean of " + seeds
                            + " cross-validated seeds, is held against the same means. It ranks better than"
                            + " the drawn person in " + Math.round(100 * agreement.above()) + " of 100 draws.",
                    List.of(
                            new Study.Row(
                                    person,
                                    "a drawn vote a picture",
                                    figure(agreement.humanSrcc()),
                                    figure(agreement.humanPlcc()),
                                    null,
                                    null),
                            new Study.Row(
                                    arm.name(),
                                    learnable(set) + " own",
                                    figure(agreement.modelSrcc()),
                                    figure(agreement.modelPlcc()),
                                    null,
                                    new Study.Versus(
                                            person,
                                            agreement.srccDifference().value(),
                                            agreement.srccDifference().ci95(),
                                            agreement.modelPlcc().value()
                                                    - agreement.humanPlcc().value())))));
        }
        if (tables.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "none of the sets holds votes; give labels with the columns file,task,n1,...,nK");
        }
        return tables;
    }

    /** A finished model on every set, beside what was published of it. */
    List<Study.Table> published(List<RatedSet> sets, String model) {
        ExperimentRecipe.Published published = Objects.requireNonNull(recipe.published(), "checked with the recipe");
        List<Study.Row> rows = new ArrayList<>();
        String ref;
        try (LocalScorer scorer = LocalScorer.open(model)) {
            ref = scorer.manifest().ref().toString();
            for (RatedSet set : sets) {
                double[] predicted = new double[set.size()];
                for (int i = 0; i < predicted.length; i++) {
                    bar.at("Scoring " + set.name(), i, predicted.length);
                    Rated item = set.items().get(i);
                    predicted[i] = Objects.requireNonNull(scorer.score(item.file(), Set.of(set.task()))
                                    .scores()
                                    .get(set.task()))
                            .mos();
                }
                bar.at("Scoring " + set.name(), predicted.length, predicted.length);
                rows.add(beside(set, predicted, published));
            }
        }
        return List.of(new Study.Table(
                ref + " beside " + published.model(),
                "The difference is ours less the published figure (" + published.source()
                        + "); where our interval holds the published figure, nothing speaks against it. A set that is named as there is"
                        + " only the same if its pictures and its split are.",
                rows));
    }

    private static Study.Row beside(RatedSet set, double[] predicted, ExperimentRecipe.Published published) {
        double[] rated = set.ratings();
        Agreement agreement = Agreement.of(predicted, rated);
        Intervals ci95 = Intervals.bootstrap(predicted, rated, Intervals.RESAMPLES, 1);
        ExperimentRecipe.Published.Figures theirs = published.sets().get(set.name());
        return new Study.Row(
                title(set),
                set.size() + " pictures",
                new Study.Figure(agreement.srcc(), ci95.srcc(), Double.NaN),
                new Study.Figure(agreement.plcc(), ci95.plcc(), Double.NaN),
                new Study.Figure(agreement.rmse(), ci95.rmse(), Double.NaN),
                theirs == null
                        ? null
                        : new Study.Versus(
                                "published SRCC " + theirs.srcc() + ", PLCC " + theirs.plcc()
                                        + (theirs.note() == null ? "" : " (" + theirs.note() + ")"),
                                agreement.srcc() - theirs.srcc(),
                                new Interval(
                                        ci95.srcc().low() - theirs.srcc(),
                                        ci95.srcc().high() - theirs.srcc()),
                                agreement.plcc() - theirs.plcc()));
    }

    /** @return digests and counts of the sets, for the record */
    static String facts(List<RatedSet> sets) {
        return String.join(
                "; ",
                sets.stream()
                        .map(set -> title(set) + ", " + set.size() + " pictures")
                        .toList());
    }

    /** @return the arm it is compared with; -1 for the first, unless it says otherwise */
    private static int against(List<ExperimentRecipe.Arm> arms, int arm) {
        @Nullable String name = arms.get(arm).against();
        int found = 0;
        for (int i = 0; name != null && i < arms.size(); i++) {
            found = arms.get(i).name().equals(name) ? i : found;
        }
        return found == arm ? -1 : found;
    }

    private String learned(ExperimentRecipe.Arm arm, int available, List<RatedSet> others) {
        int[] counts = fitting.learnedFrom(arm, available, others);
        return counts[0] + " own" + (counts[1] == 0 ? "" : " and " + counts[1] + " of the other task");
    }

    private int folds() {
        return recipe.folds().count();
    }

    private int learnable(RatedSet set) {
        return set.size() * (folds() - 1) / folds();
    }

    private String together(RatedSet set) {
        long groups = fitting.groups(set).stream().distinct().count();
        return groups == set.size() ? "" : " (look-alikes and themes together: " + groups + " groups)";
    }

    private static void check(RatedSet set) {
        if (set.size() < FEWEST_PICTURES) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "only " + set.size() + " pictures of " + set.name() + " are rated for "
                            + set.task().id() + "; at least " + FEWEST_PICTURES + " are needed");
        }
    }

    private Runnable ticks(RatedSet set, long all) {
        AtomicInteger done = new AtomicInteger();
        return () -> bar.at("Fitting " + title(set), done.incrementAndGet(), all);
    }

    private static Study.Figure figure(HumanAgreement.Estimate estimate) {
        return new Study.Figure(estimate.value(), estimate.ci95(), Double.NaN);
    }

    private static String title(RatedSet set) {
        return set.name() + ", " + set.task().id();
    }
}
