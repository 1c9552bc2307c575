package org.loupe.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.evaluation.Evaluation;
import org.loupe.evaluation.Evaluator;
import org.loupe.export.small.ScoreHead;
import org.loupe.export.small.SmallGraph;
import org.loupe.export.small.SmallModel;
import org.loupe.export.small.SmallModelReader;
import org.loupe.media.MediaTypes;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelPackageWriter;
import org.loupe.modelpackage.ModelResolver;
import org.loupe.modelpackage.PackageDigest;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.ErrorReason;
import org.loupe.score.Level;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.scoring.LocalScorer;
import org.loupe.training.data.Folds;
import org.loupe.training.data.Rated;
import org.loupe.training.data.ServedFrames;
import org.loupe.training.head.Example;
import org.loupe.training.head.FeatureReader;
import org.loupe.training.head.PictureFeatures;
import org.loupe.training.score.TasteTuner;

/** Tunes a small package to the ratings of one curator: features and heads come out of the package's own graph. */
final class TuneRun {
    private static final int FEWEST_RATINGS = 10;
    private static final int PARITY_PICTURES = 20;
    private static final List<String> LEVELS =
            Arrays.stream(Level.values()).map(Level::id).toList();

    private final TrainRequest request;
    private final String base;
    private final @Nullable String name;
    private final ProgressBar bar;
    private final Map<Task, ScoreHead> heads = new EnumMap<>(Task.class);
    private final Map<Rated, float[]> inputs = new LinkedHashMap<>();
    private final StringBuilder told = new StringBuilder();
    private final Findings findings = new Findings();
    private final RunRecord record;

    /**
     * @param base a small package: a directory, a bundled model's name or one of the store
     * @param name of the tuned model; null for the base's with {@code -tuned}
     */
    TuneRun(TrainRequest request, String base, @Nullable String name, ProgressBar bar) {
        this.request = request;
        this.base = base;
        this.name = name;
        this.bar = bar;
        this.record = new RunRecord(request, findings);
    }

    /**
     * The package lies at {@code request.out()/package}, predictions and manifest of the run beside it.
     *
     * @throws ScoringException INVALID_REQUEST if the base cannot be tuned or too little is rated; MODEL_FAILED if the written package does
     *     not score as the trainer does
     */
    void run() {
        if (request.sets().stream().anyMatch(set -> set.weight() != 1)) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, "tuning takes all ratings alike: leave the weights of sets out");
        }
        try (ModelPackage source = ModelResolver.standard().open(base)) {
            SmallModel model = SmallModelReader.read(source.directory());
            try (FeatureReader reader = FeatureReader.open(request.out().resolve("checkpoints"), model.network())) {
                PictureFeatures pictures = new PictureFeatures(
                        reader,
                        new ServedFrames(Preprocessors.of(source.manifest().input())),
                        List.of());
                heads.putAll(model.scoreHeads());
                request.tasks().forEach(task -> tune(model, task, pictures));
                write(source, model);
                request.tasks().forEach(task -> test(model, task, pictures));
            }
            record.write("small, tuned", 0, configuration(source.manifest()), Map.of(), LEVELS);
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot write to " + request.out() + ": " + e, e);
        }
    }

    private void tune(SmallModel model, Task task, PictureFeatures pictures) {
        ScoreHead head = head(model, task);
        List<Rated> rated = rated(task);
        if (rated.size() < FEWEST_RATINGS) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "only " + rated.size() + " pictures are rated for " + task.id() + "; at least " + FEWEST_RATINGS
                            + " are needed to tune");
        }
        List<Rated> photographs = new ArrayList<>();
        List<TasteTuner.Rating> ratings = new ArrayList<>();
        for (Rated item : rated) {
            bar.at("Reading pictures rated for " + task.id(), ratings.size(), rated.size());
            Example example = pictures.example(item, 1);
            if (!example.clip()) {
                float[] seen = model.scaling().apply(example.rows().get(0));
                inputs.put(item, seen);
                photographs.add(item);
                ratings.add(new TasteTuner.Rating(seen, item.mos(), Folds.theme(item)));
            }
        }
        if (photographs.size() < rated.size()) {
            bar.println(rated.size() - photographs.size() + " clips are left out: photographs alone tune a model");
        }
        int[] all = IntStream.range(0, model.scaling().mean().length).toArray();
        TasteTuner.Tuned tuned = TasteTuner.tune(head, all, ratings);
        heads.put(task, tuned.head());
        Evaluation before = evaluation("untuned", task, photographs, tuned.untuned(), head.spread());
        Evaluation after = evaluation("tuned without the rating", task, photographs, tuned.unseen(), head.spread());
        findings.evaluations.addAll(List.of(before, after));
        for (int i = 0; i < photographs.size(); i++) {
            double u = tuned.unseen()[i];
            record.predicted(
                    "cv", photographs.get(i), ScoreHead.score(u, head.spread()), ScoreHead.levels(u, head.spread()));
        }
        String line = String.format(
                Locale.ROOT,
                "%s: %d ratings; of those not seen SRCC %.3f, RMSE %.3f, untuned %.3f and %.3f%s",
                task.id(),
                ratings.size(),
                after.whole().srcc(),
                after.whole().rmse(),
                before.whole().srcc(),
                before.whole().rmse(),
                tuned.kept() ? "; nothing beat the base, it stays as it is" : "");
        bar.println(line);
        told.append("- ").append(line).append('\n');
    }

    private Evaluation evaluation(String what, Task task, List<Rated> items, double[] u, double spread) {
        return new Evaluator(request.group())
                .evaluate(
                        what,
                        task,
                        items,
                        Arrays.stream(u)
                                .map(one -> ScoreHead.score(one, spread))
                                .toArray());
    }

    /** The part that was kept out says what the finished heads are worth; the written package scores as they do. */
    private void test(SmallModel model, Task task, PictureFeatures pictures) {
        ScoreHead head = Objects.requireNonNull(heads.get(task));
        List<Rated> items = request.sets().stream()
                .flatMap(set -> set.test().stream())
                .filter(rated -> rated.task() == task && isPhotograph(rated))
                .toList();
        double[] u = new double[items.size()];
        for (int i = 0; i < u.length; i++) {
            bar.at("Scoring the test part for " + task.id(), i, u.length);
            u[i] = head.u(model.scaling()
                    .apply(pictures.example(items.get(i), 1).rows().get(0)));
            record.predicted(
                    "test", items.get(i), ScoreHead.score(u[i], head.spread()), ScoreHead.levels(u[i], head.spread()));
        }
        if (u.length > 0) {
            findings.evaluations.add(evaluation("test", task, items, u, head.spread()));
        }
    }

    private static boolean isPhotograph(Rated rated) {
        return MediaTypes.isStill(MediaTypes.detect(rated.file()));
    }

    private ObjectNode configuration(Manifest of) {
        ObjectNode configuration = new ObjectMapper().createObjectNode();
        configuration
                .putObject("base")
                .put("name", of.name())
                .put("version", of.version())
                .put("digest", of.digest());
        return configuration;
    }

    private ScoreHead head(SmallModel model, Task task) {
        ScoreHead head = model.scoreHeads().get(task);
        if (head != null) {
            return head;
        }
        List<SmallModel.Head> members = model.heads().get(task);
        if (members == null || model.levels() != SmallModel.LEVELS) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    base + " has no head of five levels for " + task.id()
                            + ", so it cannot be tuned for it; train from scratch with --base none");
        }
        return ScoreHead.of(members);
    }

    private void write(ModelPackage source, SmallModel model) throws IOException {
        Map<Task, List<SmallModel.Head>> untouched = new EnumMap<>(Task.class);
        untouched.putAll(model.heads());
        untouched.keySet().removeAll(heads.keySet());
        SmallModel tuned = new SmallModel(model.featureNames(), model.scaling(), model.network(), untouched, heads);
        Manifest of = source.manifest();
        Path target = request.out().resolve(SmallPackage.DIRECTORY);
        try (ModelPackageWriter writer = ModelPackageWriter.to(target)) {
            SmallGraph.write(tuned, writer.directory());
            Files.writeString(writer.directory().resolve(ModelPackage.CARD), card(of));
            Path licence = source.directory().resolve(ModelPackage.LICENCE);
            if (Files.exists(licence)) {
                Files.copy(licence, writer.directory().resolve(ModelPackage.LICENCE));
            }
            writer.finish(new Manifest(
                            Manifest.SCHEMA_VERSION,
                            named(of),
                            of.version(),
                            PackageDigest.NONE_YET,
                            new Manifest.Source("tuned from " + of.name() + " " + of.version(), null),
                            of.licence(),
                            of.input(),
                            of.levels(),
                            of.prompts(),
                            of.limits(),
                            of.precision(),
                            List.of(),
                            List.of(),
                            List.of(),
                            provenance(of)))
                    .close();
        }
        checkParity(target);
        bar.println("the tuned model is in " + target);
    }

    private String named(Manifest of) {
        if (name != null) {
            return name;
        }
        return of.name().endsWith("-tuned") ? of.name() : of.name() + "-tuned";
    }

    private Map<String, String> provenance(Manifest of) {
        Map<String, String> provenance = new TreeMap<>();
        provenance.put("base.digest", of.digest());
        provenance.put("command", request.command());
        request.sets().forEach(set -> set.digests()
                .forEach((file, digest) -> provenance.put(set.name() + "/" + file + ".sha256", digest)));
        return provenance;
    }

    private String card(Manifest of) {
        return "# " + of.name() + ", tuned\n\nTuned from " + of.name() + " " + of.version() + " (digest " + of.digest()
                + ") to one curator's ratings. Data, limits and terms of that model hold for this one, too.\n\n" + told
                + "\nWhere the ratings differ from the base is told by an offset, a factor, a linear part over all inputs and a kernel"
                + " machine whose\ncentres are the rated pictures' features; how much each may say was chosen by cross-validation"
                + " among the ratings.\nCommand:\n\n    " + request.command() + "\n";
    }

    private void checkParity(Path target) {
        try (LocalScorer scorer = LocalScorer.open(target.toString())) {
            inputs.entrySet().stream().limit(PARITY_PICTURES).forEach(entry -> {
                Task task = entry.getKey().task();
                ScoreHead head = Objects.requireNonNull(heads.get(task));
                double expected = ScoreHead.score(head.u(entry.getValue()), head.spread());
                double served = Objects.requireNonNull(
                                scorer.score(entry.getKey().file(), Set.of(task))
                                        .scores()
                                        .get(task))
                        .mos();
                if (Math.abs(served - expected) > SmallPackage.PARITY) {
                    throw new ScoringException(
                            ErrorReason.MODEL_FAILED,
                            "the written package scores " + entry.getKey().name() + " " + served + ", the trainer "
                                    + expected + "; do not use " + target);
                }
            });
        }
    }

    private List<Rated> rated(Task task) {
        return request.sets().stream()
                .flatMap(set -> Stream.concat(set.train().stream(), set.val().stream()))
                .filter(rated -> rated.task() == task)
                .toList();
    }

    /** @return whether that reference names a model package: a directory, one in the store or a bundled one */
    static boolean isPackage(String reference) {
        if (reference.equals("none")) {
            return false;
        }
        try (ModelPackage found = ModelResolver.standard().open(reference)) {
            return found.sizeBytes() > 0;
        } catch (ScoringException e) {
            return false;
        }
    }
}
