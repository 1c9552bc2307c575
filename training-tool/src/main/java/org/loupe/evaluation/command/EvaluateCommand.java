package org.loupe.evaluation.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.loupe.client.ScoreOptions;
import org.loupe.command.ProgressBar;
import org.loupe.evaluation.Calibration;
import org.loupe.evaluation.Comparison;
import org.loupe.evaluation.Evaluation;
import org.loupe.evaluation.Evaluator;
import org.loupe.evaluation.Intervals;
import org.loupe.modelpackage.BundledModels;
import org.loupe.report.Prediction;
import org.loupe.report.Reports;
import org.loupe.score.AdapterRef;
import org.loupe.score.ErrorReason;
import org.loupe.score.Level;
import org.loupe.score.Score;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.scoring.LocalScorer;
import org.loupe.training.data.LabelHints;
import org.loupe.training.data.Rated;
import org.loupe.training.data.Ratings;
import org.loupe.training.data.SplitsCsv;
import picocli.CommandLine;

/** {@code loupe evaluate}. */
@CommandLine.Command(
        name = "evaluate",
        description = {
            "Measures how well a model agrees with people: SRCC, PLCC, KRCC and RMSE (1..5) with 95 %% bootstrap intervals.",
            "Where single votes are known, the model is held against single people too.",
            "Ratings of every scale are mapped to 1..5 by their own scale_min and scale_max. PLCC and RMSE are also given after the"
                    + " four-parameter logistic fit that most publications use, levels as a confusion of five equal intervals.",
            "",
            "  ./loupe evaluate --labels photos/labels.csv --splits photos/splits.csv --model mine/2 --compare loupe-small",
            "  ./loupe evaluate --labels photos/labels.csv --model one-align --adapter house-style --compare one-align"
        })
final class EvaluateCommand implements Callable<Integer> {
    private enum Format {
        table,
        json
    }

    /** Naming every unreadable picture of a large set helps nobody. */
    private static final int FAILURES_SHOWN = 20;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(
            names = "--labels",
            required = true,
            paramLabel = "FILE",
            description = {
                "rated pictures, relative to this file. CSV or JSON lines: file,task,mos,std,votes,scale_min,scale_max, or raw votes"
                        + " file,task,n1..nK; the reference's JSON; or a folder of photographs with stars (XMP sidecars, XMP or EXIF in the file)"
            })
    private Path labels;

    @CommandLine.Mixin
    private LabelHints labelHints;

    @CommandLine.Option(names = "--splits", paramLabel = "CSV", description = "file,split")
    private @Nullable Path splits;

    @CommandLine.Option(
            names = "--split",
            paramLabel = "NAME",
            description = "which part of --splits to measure on; test unless given")
    private @Nullable String split;

    @CommandLine.Option(
            names = "--group",
            paramLabel = "REGEX",
            description =
                    "first capture in the file name is the collection; each is measured by itself, for instance '(ss[0-9]+)_'")
    private @Nullable String group;

    @CommandLine.Option(
            names = "--model",
            defaultValue = BundledModels.DEFAULT,
            paramLabel = "REF",
            description = "bundled name, directory or name/version of the store (default: ${DEFAULT-VALUE})")
    private String model;

    @CommandLine.Option(
            names = "--adapter",
            paramLabel = "NAME|DIR",
            description =
                    "measure the model with this taste adapter: a name or name/version in the store, or a package's directory or zip;"
                            + " --compare with the same model shows what the adapter changes")
    private @Nullable String adapter;

    @CommandLine.Option(
            names = "--format",
            defaultValue = "table",
            paramLabel = "table|json",
            description = "json: one line a task, quality first (default: ${DEFAULT-VALUE})")
    private Format format;

    @CommandLine.Option(
            names = "--compare",
            paramLabel = "REF",
            description =
                    "measure a second model on the same pictures and say whether it is really better: differences with paired intervals")
    private @Nullable String compare;

    @CommandLine.Option(
            names = "--report",
            paramLabel = "FILE.html",
            description =
                    "also write a page with charts and the pictures worth looking at; it needs nothing but a browser")
    private @Nullable Path report;

    @Override
    public Integer call() {
        if (split != null && splits == null) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--split needs --splits");
        }
        Pattern collection = collection();
        List<Rated> items = Ratings.read(labels, labelHints.hints());
        if (items.isEmpty()) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, labels + " holds no ratings");
        }
        String dataset = Ratings.setName(labels);
        if (splits != null) {
            String part = split == null ? "test" : split;
            items = SplitsCsv.read(splits).select(items, part);
            dataset += "/" + part;
        }
        Scored scores = score(model, Optional.ofNullable(adapter), items);
        Scored others = compare == null ? null : score(compare, Optional.empty(), items);
        PrintWriter out = spec.commandLine().getOut();
        if (format == Format.table) {
            out.println(EvaluationWriter.tableHeader());
        }
        Evaluator evaluator = new Evaluator(collection);
        Map<Task, Evaluation.Versus> comparisons = new EnumMap<>(Task.class);
        for (Map.Entry<Task, List<Rated>> entry : Ratings.byTask(items).entrySet()) {
            List<Rated> rated = entry.getValue();
            double[] predicted = mos(scores, rated);
            Evaluation evaluation = evaluator.evaluate(dataset, entry.getKey(), rated, predicted);
            double[] ratings = rated.stream().mapToDouble(Rated::mos).toArray();
            double[][] votes = rated.stream().map(item -> votes(scores, item)).toArray(double[][]::new);
            if (votes[0].length == Level.values().length) {
                evaluation = evaluation.withCalibration(Calibration.of(votes, ratings));
            }
            if (others != null) {
                Evaluation.Versus versus = new Evaluation.Versus(
                        others.model(),
                        Comparison.of(predicted, mos(others, rated), ratings, Intervals.RESAMPLES, Evaluator.SEED));
                comparisons.put(entry.getKey(), versus);
                evaluation = evaluation.withComparison(versus);
            }
            out.println(format == Format.json ? EvaluationWriter.json(evaluation) : EvaluationWriter.table(evaluation));
        }
        out.flush();
        if (report != null) {
            report(report, scores, items, comparisons);
        }
        return 0;
    }

    private void report(Path page, Scored scores, List<Rated> items, Map<Task, Evaluation.Versus> comparisons) {
        String set = Ratings.setName(labels);
        String part = splits == null ? "all" : split == null ? "test" : split;
        List<Prediction> predictions = items.stream()
                .map(item -> new Prediction(
                        item,
                        set,
                        part,
                        scores.of(item).mos(),
                        Arrays.stream(votes(scores, item)).boxed().toList()))
                .toList();
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("model", scores.model());
        facts.put("model digest", scores.digest());
        facts.put("data set", set + ", " + part);
        facts.put("intervals", "bootstrap, " + Intervals.RESAMPLES + " draws, seed " + Evaluator.SEED);
        PrintWriter err = spec.commandLine().getErr();
        try (ProgressBar bar = ProgressBar.on(err)) {
            Reports.ofEvaluation(
                    page,
                    scores.model(),
                    predictions,
                    collection(),
                    comparisons,
                    facts,
                    (done, all) -> bar.at("Making thumbnails", done, all));
        }
        err.println("The page is " + page);
    }

    /** Every file once, also where it is rated for both tasks. */
    private Scored score(String reference, Optional<String> adapted, List<Rated> items) {
        Map<Path, Set<Task>> wanted = items.stream()
                .collect(Collectors.groupingBy(
                        Rated::file, LinkedHashMap::new, Collectors.mapping(Rated::task, Collectors.toSet())));
        Map<Path, ScoredMedia> scores = new LinkedHashMap<>();
        List<String> failures = new ArrayList<>();
        String name;
        String digest;
        try (LocalScorer scorer = LocalScorer.open(reference, adapted);
                ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
            Optional<AdapterRef> with = scorer.adapter();
            name = scorer.manifest().ref().adaptedBy(with).toString();
            digest = scorer.manifest().digest();
            ScoreOptions asked = ScoreOptions.DEFAULT.withAdapter(
                    with.map(AdapterRef::toString).orElse(""));
            String step = "Scoring with " + name;
            int done = 0;
            for (Map.Entry<Path, Set<Task>> entry : wanted.entrySet()) {
                bar.at(step, done++, wanted.size());
                try {
                    scores.put(entry.getKey(), scorer.score(entry.getKey(), asked.withTasks(entry.getValue())));
                } catch (ScoringException e) {
                    if (e.reason().kind() != ErrorReason.Kind.CALLER || e.reason() == ErrorReason.TASK_NOT_SUPPORTED) {
                        throw e;
                    }
                    failures.add(entry.getKey() + ": " + e.getMessage());
                }
            }
            bar.at(step, wanted.size(), wanted.size());
        }
        if (!failures.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    failures.size() + " pictures cannot be scored, so no figure would be honest:\n  "
                            + String.join("\n  ", failures.subList(0, Math.min(FAILURES_SHOWN, failures.size()))));
        }
        return new Scored(name, digest, scores);
    }

    /**
     * @param model as {@code name/version}, with an adapter {@code name/version+adapter/version}
     * @param digest of the model's package
     */
    private record Scored(String model, String digest, Map<Path, ScoredMedia> media) {
        Score of(Rated item) {
            ScoredMedia scored = Objects.requireNonNull(media.get(item.file()));
            return Objects.requireNonNull(scored.scores().get(item.task()));
        }
    }

    private static double[] mos(Scored scores, List<Rated> items) {
        return items.stream().mapToDouble(item -> scores.of(item).mos()).toArray();
    }

    private static double[] votes(Scored scores, Rated item) {
        return scores.of(item).probabilities().values().stream()
                .mapToDouble(Float::doubleValue)
                .toArray();
    }

    private @Nullable Pattern collection() {
        if (group == null) {
            return null;
        }
        try {
            Pattern pattern = Pattern.compile(group);
            if (pattern.matcher("").groupCount() < 1) {
                throw new CommandLine.ParameterException(
                        spec.commandLine(), "--group needs a capture in parentheses, such as '(ss[0-9]+)_'");
            }
            return pattern;
        } catch (PatternSyntaxException e) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--group is no regular expression: " + e.getDescription());
        }
    }
}
