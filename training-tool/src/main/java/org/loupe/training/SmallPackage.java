package org.loupe.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.loupe.client.ScoreOptions;
import org.loupe.command.ProgressBar;
import org.loupe.decode.DecodeBudget;
import org.loupe.decode.DecodeLimits;
import org.loupe.decode.DecodeRequest;
import org.loupe.decode.MediaDecoder;
import org.loupe.decode.MediaSource;
import org.loupe.digest.Sha256;
import org.loupe.evaluation.Evaluation;
import org.loupe.evaluation.Evaluator;
import org.loupe.export.small.SmallGraph;
import org.loupe.export.small.SmallModel;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelPackageWriter;
import org.loupe.modelpackage.PackageDigest;
import org.loupe.score.ErrorReason;
import org.loupe.score.Score;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.scoring.LocalScorer;
import org.loupe.scratch.ScratchDirectory;
import org.loupe.training.data.Copies;
import org.loupe.training.data.Rated;
import org.loupe.training.head.Example;
import org.loupe.training.head.Fitted;

/**
 * Writes what was learned as a package. It is written twice: first without figures into a temporary directory, where the serving code
 * checks and measures it, then with card and manifest telling what was found. The graph of both is the same.
 */
final class SmallPackage {
    /** Where the package lies below the run's directory. */
    static final String DIRECTORY = "package";

    /** float32 in the graph against double here: a thousandth of a level is far below anything a person could tell. */
    static final double PARITY = 1e-3;

    /** Enough to meet every size and collection of a set. */
    private static final int PARITY_PICTURES = 100;

    /** A row may look at a clip of ten minutes, a frame a second. */
    private static final int MAX_FRAMES = 600;

    private final TrainRequest request;
    private final Recipe recipe;
    private final SmallModel model;
    private final Evaluator evaluator;
    private final ProgressBar bar;
    private final RunRecord record;

    SmallPackage(TrainRequest request, SmallModel model, Evaluator evaluator, ProgressBar bar, RunRecord record) {
        this.request = request;
        this.recipe = request.recipe().recipe();
        this.model = model;
        this.evaluator = evaluator;
        this.bar = bar;
        this.record = record;
    }

    ModelPackage write(Findings findings, Map<Task, Fitted> ensembles, Map<Rated, Example> examples) {
        try {
            try (ScratchDirectory scratch = ScratchDirectory.create("draft")) {
                Path draft = scratch.path().resolve("draft");
                finish(draft, findings, ensembles, "Not measured yet.").close();
                try (LocalScorer scorer = LocalScorer.open(draft.toString())) {
                    checkParity(scorer, findings, ensembles, examples);
                    measureSizes(scorer, findings);
                    test(scorer, findings);
                }
            }
            return finish(request.out().resolve(DIRECTORY), findings, ensembles, ModelCard.of(request, findings));
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot write to " + request.out() + ": " + e, e);
        }
    }

    private ModelPackage finish(Path target, Findings findings, Map<Task, Fitted> ensembles, String card)
            throws IOException {
        try (ModelPackageWriter writer = ModelPackageWriter.to(target)) {
            SmallGraph.write(model, writer.directory());
            Files.writeString(writer.directory().resolve(ModelPackage.CARD), card);
            Files.writeString(
                    writer.directory().resolve(ModelPackage.LICENCE),
                    recipe.licence().text());
            return writer.finish(manifest(findings, ensembles));
        }
    }

    private Manifest manifest(Findings findings, Map<Task, Fitted> ensembles) {
        Fitted any = ensembles.values().iterator().next(); // all have the same levels
        List<Manifest.LevelSpec> levels = new ArrayList<>();
        for (int l = 0; l < any.levelNames().size(); l++) {
            levels.add(new Manifest.LevelSpec(any.levelNames().get(l), (float) any.levelWeights()[l]));
        }
        return new Manifest(
                Manifest.SCHEMA_VERSION,
                recipe.name(),
                recipe.version(),
                PackageDigest.NONE_YET,
                new Manifest.Source("trained from scratch", null),
                new Manifest.Licence(recipe.licence().id(), recipe.licence().commercialUse(), null),
                SmallGraph.input(),
                levels,
                SmallGraph.prompts(model),
                new Manifest.Limits(MAX_FRAMES),
                "fp32",
                List.of(),
                findings.evaluations.stream().map(SmallPackage::accuracy).toList(),
                List.of(),
                provenance());
    }

    private static Manifest.Accuracy accuracy(Evaluation e) {
        return new Manifest.Accuracy(
                e.dataset(),
                e.task(),
                e.whole().n(),
                e.whole().srcc(),
                e.whole().plcc(),
                List.of(e.ci95().srcc().low(), e.ci95().srcc().high()),
                List.of(e.ci95().plcc().low(), e.ci95().plcc().high()));
    }

    private Map<String, String> provenance() {
        Map<String, String> provenance = new TreeMap<>();
        provenance.put("command", request.command());
        provenance.put("recipe.sha256", Sha256.hex(request.recipe().bytes()));
        provenance.put("seed", Long.toString(recipe.seed()));
        provenance.put(
                "folds", recipe.folds().count() + ", seed " + recipe.folds().seed());
        request.sets().forEach(set -> set.digests()
                .forEach((file, digest) -> provenance.put(set.name() + "/" + file + ".sha256", digest)));
        return provenance;
    }

    /** The serving code, from file to score, must say what the trainer says; otherwise every figure measured here is about another model. */
    private void checkParity(
            LocalScorer scorer, Findings findings, Map<Task, Fitted> ensembles, Map<Rated, Example> examples) {
        List<Rated> items = examples.keySet().stream()
                .sorted(java.util.Comparator.comparing(
                        (Rated item) -> Sha256.hex(item.name().getBytes(java.nio.charset.StandardCharsets.UTF_8))))
                .limit(PARITY_PICTURES)
                .toList();
        for (Rated item : items) {
            Example example = Objects.requireNonNull(examples.get(item));
            scorer.score(item.file(), ensembles.keySet()).scores().forEach((task, score) -> {
                double expected = Objects.requireNonNull(ensembles.get(task)).scores(example)[0];
                findings.parity = Math.max(findings.parity, Math.abs(expected - score.mos()));
            });
        }
        if (findings.parity > PARITY) {
            throw new ScoringException(
                    ErrorReason.MODEL_FAILED,
                    "the written package scores up to " + findings.parity + " away from the trainer; it was not kept");
        }
    }

    private void measureSizes(LocalScorer scorer, Findings findings) throws IOException {
        Set<Task> tasks = EnumSet.copyOf(request.tasks());
        MediaDecoder decoder = new MediaDecoder(DecodeLimits.DEFAULT, DecodeBudget.ofHeap());
        Map<Task, Map<Integer, List<double[]>>> pairs = new TreeMap<>();
        List<Path> files = new ArrayList<>();
        for (Path directory : request.large()) {
            try (var list = Files.list(directory)) {
                list.filter(Files::isRegularFile).sorted().forEach(files::add);
            }
        }
        for (int i = 0; i < files.size(); i++) {
            bar.at("Measuring sizes", i, files.size());
            var full = scorer.score(files.get(i), tasks);
            var frame = decoder.decode(MediaSource.of(files.get(i)), DecodeRequest.FULL)
                    .frames()
                    .get(0);
            for (int side : Copies.DELIVERED_LONG_SIDES) {
                var smaller = scorer.scoreAsync(
                                MediaSource.of(Copies.delivered(frame, side)), ScoreOptions.DEFAULT.withTasks(tasks))
                        .join();
                for (Task task : tasks) {
                    pairs.computeIfAbsent(task, t -> new TreeMap<>())
                            .computeIfAbsent(side, s -> new ArrayList<>())
                            .add(new double[] {mos(full, task), mos(smaller, task)});
                }
            }
        }
        pairs.forEach((task, sides) -> sides.forEach((side, list) -> findings.sizes.add(Findings.SizeDeviation.of(
                task.id() + ": large originals, against copies of long side " + side + " px", list))));
    }

    private void test(LocalScorer scorer, Findings findings) {
        for (TrainRequest.DataSet set : request.sets()) {
            for (Task task : request.tasks()) {
                List<Rated> items =
                        set.test().stream().filter(item -> item.task() == task).toList();
                if (!items.isEmpty()) {
                    double[] predicted = new double[items.size()];
                    for (int i = 0; i < predicted.length; i++) {
                        Score score = of(scorer.score(items.get(i).file(), Set.of(task)), task);
                        predicted[i] = score.mos();
                        record.predicted(
                                "test",
                                items.get(i),
                                score.mos(),
                                score.probabilities().values().stream()
                                        .mapToDouble(Float::doubleValue)
                                        .toArray());
                    }
                    Evaluation evaluation = evaluator.evaluate(set.name() + ", test", task, items, predicted);
                    findings.evaluations.add(evaluation);
                    bar.println(ModelCard.line(evaluation));
                }
            }
        }
    }

    private static double mos(ScoredMedia scored, Task task) {
        return of(scored, task).mos();
    }

    private static Score of(ScoredMedia scored, Task task) {
        return Objects.requireNonNull(scored.scores().get(task), "every task was asked for");
    }
}
