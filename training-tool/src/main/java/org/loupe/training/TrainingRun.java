package org.loupe.training;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.loupe.command.ProgressBar;
import org.loupe.evaluation.Evaluation;
import org.loupe.evaluation.Evaluator;
import org.loupe.export.small.FeatureGraph;
import org.loupe.export.small.ScoreHead;
import org.loupe.export.small.SmallModel;
import org.loupe.export.small.SmallModel.Head;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.FixedFolds;
import org.loupe.training.data.Rated;
import org.loupe.training.head.Chain;
import org.loupe.training.head.Ensemble;
import org.loupe.training.head.Example;
import org.loupe.training.head.FeatureReader;
import org.loupe.training.head.FitKeeper;
import org.loupe.training.head.Fitted;
import org.loupe.training.head.HeadFitting;
import org.loupe.training.head.HeadRecipe;
import org.loupe.training.head.TaskFitting;
import org.loupe.training.score.ScoreFitting;
import org.loupe.training.score.ScoreModel;

/** One run from labels to a package: read, cross-validate, fit, measure, write, check. For one thread; reads pictures with several. */
final class TrainingRun {
    /** Fewer rated pictures than this say nothing about a taste. */
    private static final int FEWEST_PICTURES = 10;

    private final TrainRequest request;
    private final Recipe recipe;
    private final ProgressBar bar;
    private final Findings findings = new Findings();
    private final RunRecord record;
    private final Evaluator evaluator;
    private final FixedFolds fixed;

    TrainingRun(TrainRequest request, ProgressBar bar) {
        this.request = request;
        this.recipe = request.recipe().recipe();
        this.bar = bar;
        this.evaluator = new Evaluator(request.group());
        this.record = new RunRecord(request, findings);
        this.fixed = FixedFolds.read(recipe.folds().fixed());
    }

    /**
     * @return what was measured; the package lies at {@code request.out()/package}
     * @throws ScoringException if data or recipe are wrong, or the written package does not score as the trainer does
     */
    Findings run() {
        for (Task task : request.tasks()) {
            long rated = rated(task, TrainRequest.DataSet::train).size();
            if (rated < FEWEST_PICTURES) {
                throw new ScoringException(
                        ErrorReason.INVALID_REQUEST,
                        "only " + rated + " pictures are rated for " + task.id() + "; at least " + FEWEST_PICTURES
                                + " are needed");
            }
        }
        if (request.tasks().size() > 1 && !recipe.quality().sharesLevelsWith(recipe.aesthetics())) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "a model answers both tasks with the same levels: give quality and aesthetics the same number of"
                            + " levels and mapping, or train them apart");
        }
        try (FitKeeper keeper = FitKeeper.in(request.out(), request.resume())) {
            return run(new NetworkSource(request, bar, keeper).network(), keeper);
        }
    }

    private Findings run(Optional<Network> network, FitKeeper keeper) {
        try (FeatureReader reader = FeatureReader.open(request.out().resolve("checkpoints"), network)) {
            TrainingPictures pictures = new TrainingPictures(request, bar, reader);
            Map<Rated, Example> examples = pictures.examples();
            Map<Task, Fitted> fitted = fit(examples, pictures.chains(), network, keeper);
            pictures.checkOrder(fitted.get(Task.QUALITY), findings);
            write(fitted, examples, network);
            record.write(keeper.ended(), fitted.values().iterator().next().levelNames());
            return findings;
        }
    }

    private Map<Task, Fitted> fit(
            Map<Rated, Example> examples, List<List<Chain>> photographs, Optional<Network> network, FitKeeper keeper) {
        Map<Task, Fitted> fitted = new EnumMap<>(Task.class);
        List<String> names = FeatureGraph.names(network);
        List<Chain> chains = photographs.stream().flatMap(List::stream).toList();
        for (Task task : request.tasks()) {
            List<Example> others = request.tasks().stream()
                    .filter(other -> other != task)
                    .flatMap(other -> examplesInOrder(examples, other, true).stream())
                    .toList();
            HeadRecipe heads = recipe.heads(task);
            List<Example> both = examplesInOrder(examples, task, true);
            Function<Rated, String> groupOf = fixed.groupOf(
                    both.stream().map(Example::rated).toList(), recipe.folds().count());
            HeadFitting levels = new HeadFitting(
                    heads, names, chains.stream().map(Chain::rows).toList(), others, groupOf, recipe.curved(), keeper);
            TaskFitting fitting = recipe.score(task)
                    .map(score -> (TaskFitting)
                            new ScoreFitting(score, levels::scaling, names, chains, evaluator::collection))
                    .orElse(levels);
            List<Example> train = examplesInOrder(examples, task, false);
            crossValidate(task, heads, fitting, both);
            if (train.size() < both.size()) {
                validate(task, heads, fitting, train, examples);
            }
            Runnable tick = ticks("Fitting " + task.id(), epochs(task, heads));
            fitted.put(task, fitting.fit(task.id() + "/final", both, List.of(), recipe.seed(), tick));
        }
        return fitted;
    }

    private void crossValidate(Task task, HeadRecipe heads, TaskFitting fitting, List<Example> examples) {
        List<Rated> items = examples.stream().map(Example::rated).toList();
        int folds = recipe.folds().count();
        if (items.size() < 2 * folds) {
            bar.println("Too few pictures rated for " + task.id() + " to cross-validate.");
            return;
        }
        Runnable tick = ticks("Cross-validating " + task.id(), folds * epochs(task, heads));
        int[] foldOf = fixed.orDealt(items, folds, recipe.folds().seed());
        List<TaskFitting.Held> predicted = fitting.crossValidate(
                task.id(), examples, foldOf, recipe.folds().seed(), tick);
        double[] fullSize =
                predicted.stream().mapToDouble(held -> held.scores()[0]).toArray();
        report(evaluator.evaluate(
                names(task) + ", " + folds + "-fold cross-validation" + (divided(task) ? " of train and val" : ""),
                task,
                items,
                fullSize));
        findings.spans.add(Findings.Span.of(
                task.id(), items.stream().mapToDouble(Rated::mos).toArray(), fullSize));
        for (int i = 0; i < items.size(); i++) {
            record.predicted("cv", items.get(i), fullSize[i], predicted.get(i).probabilities());
        }
        for (int i = 0; i < recipe.reductions().size(); i++) {
            int size = i + 1;
            List<double[]> pairs = predicted.stream()
                    .map(TaskFitting.Held::scores)
                    .filter(sizes -> sizes.length == recipe.reductions().size() + 1)
                    .map(sizes -> new double[] {sizes[0], sizes[size]})
                    .toList();
            if (!pairs.isEmpty()) {
                findings.sizes.add(Findings.SizeDeviation.of(
                        task.id() + ": as delivered, against short side "
                                + recipe.reductions().get(i) + " px",
                        pairs));
            }
        }
    }

    private void validate(
            Task task, HeadRecipe heads, TaskFitting fitting, List<Example> train, Map<Rated, Example> examples) {
        Runnable tick = ticks("Validating " + task.id(), epochs(task, heads));
        List<Rated> val = rated(task, TrainRequest.DataSet::val);
        List<Example> held = val.stream().map(item -> known(examples, item)).toList();
        Fitted model = fitting.fit(task.id() + "/train", train, held, recipe.seed(), tick);
        double[] predicted = new double[val.size()];
        for (int i = 0; i < predicted.length; i++) {
            predicted[i] = model.scores(held.get(i))[0];
            record.predicted("val", val.get(i), predicted[i], model.probabilities(held.get(i)));
        }
        report(evaluator.evaluate(names(task) + ", val, heads of train alone", task, val, predicted));
    }

    private void write(Map<Task, Fitted> fitted, Map<Rated, Example> examples, Optional<Network> network) {
        Map<Task, List<Head>> heads = new EnumMap<>(Task.class);
        Map<Task, ScoreHead> scores = new EnumMap<>(Task.class);
        fitted.forEach((task, answer) -> {
            if (answer instanceof ScoreModel score) {
                scores.put(task, score.head());
            } else if (answer instanceof Ensemble ensemble) {
                heads.put(task, ensemble.heads());
            }
        });
        // one scaling serves all heads: both tasks' was fitted on the same rows
        Scaling scaling = fitted.values().iterator().next().scaling();
        SmallModel model = new SmallModel(FeatureGraph.names(), scaling, network, heads, scores);
        SmallPackage writer = new SmallPackage(request, model, evaluator, bar, record);
        try (ModelPackage written = writer.write(findings, fitted, examples)) {
            bar.println(written.manifest().name() + " is in " + request.out().resolve(SmallPackage.DIRECTORY));
        }
    }

    private List<Rated> rated(Task task, Function<TrainRequest.DataSet, List<Rated>> part) {
        return request.sets().stream()
                .flatMap(set -> part.apply(set).stream())
                .filter(item -> item.task() == task)
                .toList();
    }

    private List<Example> examplesInOrder(Map<Rated, Example> examples, Task task, boolean withVal) {
        return request.sets().stream()
                .flatMap(
                        set -> withVal ? Stream.concat(set.train().stream(), set.val().stream()) : set.train().stream())
                .filter(item -> item.task() == task)
                .map(item -> known(examples, item))
                .toList();
    }

    private static Example known(Map<Rated, Example> examples, Rated item) {
        return Objects.requireNonNull(examples.get(item), "every rated picture was read");
    }

    private String names(Task task) {
        return String.join(
                " + ",
                request.sets().stream()
                        .filter(set -> set.train().stream().anyMatch(item -> item.task() == task))
                        .map(TrainRequest.DataSet::name)
                        .toList());
    }

    private boolean divided(Task task) {
        return !rated(task, TrainRequest.DataSet::val).isEmpty();
    }

    private void report(Evaluation evaluation) {
        findings.evaluations.add(evaluation);
        bar.println(ModelCard.line(evaluation));
    }

    private long epochs(Task task, HeadRecipe heads) {
        return recipe.score(task).isPresent()
                ? 1
                : (long) heads.heads() * heads.loop().epochs();
    }

    private Runnable ticks(String step, long total) {
        AtomicInteger done = new AtomicInteger();
        long began = System.nanoTime();
        return () -> {
            int epochs = done.incrementAndGet();
            double perSecond = epochs * 1e9 / (System.nanoTime() - began);
            bar.at(step, epochs, total, String.format(Locale.ROOT, "%.1f epochs/s", perSecond));
        };
    }
}
