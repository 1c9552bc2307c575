package org.loupe.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.loupe.bench.Memory;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.command.ProgressBar;
import org.loupe.export.ModelFamily;
import org.loupe.media.MediaTypes;
import org.loupe.modelpackage.Manifest;
import org.loupe.score.ErrorReason;
import org.loupe.score.Level;
import org.loupe.score.Score;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Rated;
import org.loupe.training.loop.CheckpointStore;
import org.loupe.training.loop.LoopConfig;
import org.loupe.training.loop.LoopResult;
import org.loupe.training.loop.PredictionsCsv;
import org.loupe.training.loop.RunLog;
import org.loupe.training.loop.RunManifest;
import org.loupe.training.loop.TrainingLoop;
import org.loupe.training.onealign.OneAlignLearner;
import org.loupe.training.onealign.TrainableOneAlign;
import org.loupe.training.plan.TrainingPlan;

/** From a OneAlign checkpoint and rated media to an adapter or a package that the server can load. For one thread. */
final class OneAlignRun {
    /** Below the run's directory: planned and measured memory and time, which differ from run to run. */
    static final String MEASURED = "measured.json";

    private static final String FIT = "one-align";
    private static final double GIB = 1L << 30;
    private static final double MILLIS_PER_SECOND = 1000;
    private static final double SECONDS_PER_MINUTE = 60;

    static {
        // The Java binding would stop at four times the heap; what a network takes is planned here, against the
        // machine's memory.
        // Read once, when the binding is loaded, which nothing here has done before.
        if (System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes") == null) {
            System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        }
    }

    private final Path base;
    private final List<TrainRequest.DataSet> sets;
    private final OneAlignSettings settings;
    private final TrainingPlan.@Nullable Limit limit;
    private final OneAlignConfig config;
    private final LoopConfig loop;

    /** @throws ScoringException CHECKPOINT_INVALID or INVALID_REQUEST if the base or an option is wrong */
    OneAlignRun(
            Path base, List<TrainRequest.DataSet> sets, OneAlignSettings settings, TrainingPlan.@Nullable Limit limit) {
        this.limit = limit;
        this.base = base;
        this.sets = List.copyOf(sets);
        this.settings = settings;
        this.loop = settings.loop();
        try {
            this.config = OneAlignConfig.read(base);
        } catch (IOException e) {
            throw ScoringException.cannotRead(base, e);
        }
        if (train().isEmpty()) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, "there is no rated picture to learn from");
        }
        refuseWhatTheFamilyIsNotAsked();
    }

    private void refuseWhatTheFamilyIsNotAsked() {
        ModelFamily family = settings.family();
        Stream.of(train(), val(), test())
                .flatMap(List::stream)
                .filter(rated -> !family.asks(rated.task(), kind(rated)))
                .findFirst()
                .ifPresent(rated -> {
                    throw new ScoringException(
                            ErrorReason.INVALID_REQUEST,
                            family.id() + " rates the quality of photos only, and " + rated.name() + " is "
                                    + (kind(rated) == Manifest.MediaKind.VIDEO
                                            ? "a clip"
                                            : "rated for " + rated.task().id())
                                    + ": leave such rows out, or train a one-align");
                });
    }

    private static Manifest.MediaKind kind(Rated rated) {
        return MediaTypes.isStill(MediaTypes.detect(rated.file()))
                ? Manifest.MediaKind.IMAGE
                : Manifest.MediaKind.VIDEO;
    }

    private List<Rated> train() {
        return sets.stream().flatMap(set -> set.train().stream()).toList();
    }

    private double[] weights() {
        return sets.stream()
                .flatMapToDouble(set -> set.train().stream().mapToDouble(rated -> set.weight()))
                .toArray();
    }

    private List<Rated> val() {
        return sets.stream().flatMap(set -> set.val().stream()).toList();
    }

    private List<Rated> test() {
        return sets.stream().flatMap(set -> set.test().stream()).toList();
    }

    /** @return what the run takes; measures for a second how fast this machine is */
    TrainingPlan plan() {
        return new OneAlignEstimate(config, sets, settings, limit).plan();
    }

    /**
     * Plans, trains, writes and checks.
     *
     * @param out the run's directory
     * @param command as another machine would give it
     * @return the adapter's or package's directory
     * @throws ScoringException if it does not fit, data or options are wrong, training fails, or what was written does not score as what was
     *     trained
     */
    Path run(Path out, boolean resume, String command, ProgressBar bar) {
        TrainingPlan plan = plan();
        plan.lines().forEach(bar::println);
        plan.requireFits();
        OneAlignProduct product = new OneAlignProduct(base, settings, out, bar);
        product.requireFree(resume);
        try (Checkpoint tensors = Checkpoints.open(base);
                TrainableOneAlign network = TrainableOneAlign.load(
                        config,
                        tensors,
                        settings.compute(),
                        settings.tuning(),
                        settings.recompute(),
                        settings.device(),
                        loop.seed())) {
            OneAlignLearner learner =
                    new OneAlignLearner(config, network, settings.teaching(), train(), weights(), val());
            long started = System.nanoTime();
            LoopResult result = train(learner, out, resume, bar);
            ObjectNode measured = measured(plan, Duration.ofNanos(System.nanoTime() - started), bar);
            predict(learner, out, bar);
            OneAlignProduct.Made made = product.make(network, learner, probes());
            manifest(command, result, made, out).write(out);
            Files.writeString(out.resolve(MEASURED), measured.toPrettyString() + "\n");
            return made.directory();
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "training in " + out + " failed: " + e, e);
        }
    }

    /** What the trained network says of media it has not learned from, for the report. */
    private void predict(OneAlignLearner learner, Path out, ProgressBar bar) {
        List<PredictionsCsv.Row> rows = new ArrayList<>();
        predict(learner, "val", val(), rows, bar);
        predict(learner, "test", test(), rows, bar);
        if (!rows.isEmpty()) {
            PredictionsCsv.write(
                    out, Arrays.stream(Level.values()).map(Level::id).toList(), rows);
        }
    }

    private static void predict(
            OneAlignLearner learner, String part, List<Rated> items, List<PredictionsCsv.Row> rows, ProgressBar bar) {
        for (int i = 0; i < items.size(); i++) {
            bar.at("Predicting " + part, i, items.size());
            Rated rated = items.get(i);
            Score score = learner.score(rated);
            rows.add(new PredictionsCsv.Row(
                    rated.name(),
                    rated.task().id(),
                    part,
                    rated.mos(),
                    rated.std(),
                    score.mos(),
                    score.probabilities().values().stream()
                            .mapToDouble(Float::doubleValue)
                            .toArray()));
        }
    }

    /** Plans are held against what happened, so that nobody has to believe them. */
    private ObjectNode measured(TrainingPlan plan, Duration training, ProgressBar bar) {
        ObjectNode measured = new ObjectMapper().createObjectNode();
        measured.put("planned_bytes", plan.bytes());
        measured.put("planned_seconds", plan.time().epochSeconds() * loop.epochs());
        measured.put("seconds", training.toMillis() / MILLIS_PER_SECOND);
        Memory.peakBytes().ifPresent(peak -> {
            measured.put("peak_bytes", peak);
            bar.println(String.format(
                    Locale.ROOT,
                    "Training took at most %.2f GiB of memory (planned %.2f) and %.1f minutes.",
                    peak / GIB,
                    plan.bytes() / GIB,
                    training.toSeconds() / SECONDS_PER_MINUTE));
        });
        return measured;
    }

    private LoopResult train(OneAlignLearner learner, Path out, boolean resume, ProgressBar bar) {
        CheckpointStore store = new CheckpointStore(out.resolve("checkpoints").resolve(FIT), resume);
        try (RunLog log = RunLog.open(out, resume)) {
            return new TrainingLoop(loop, FIT)
                    .keeping(store, identity())
                    .logging(log)
                    .watchedBy(progress -> bar.at(
                            "Training, step " + progress.steps() + ", loss "
                                    + String.format(Locale.ROOT, "%.3f", progress.loss()),
                            progress.steps(),
                            progress.allSteps()))
                    .run(learner);
        }
    }

    /** Everything the weights depend on besides the loop's settings. */
    private String identity() {
        StringBuilder identity = new StringBuilder(settings.typed())
                .append('\n')
                .append(config)
                .append('\n')
                .append(Arrays.toString(weights()));
        Stream.concat(train().stream(), val().stream()).forEach(rated -> identity.append('\n')
                .append(rated.name())
                .append(' ')
                .append(rated.task().id())
                .append(' ')
                .append(rated.mos()));
        return identity.toString();
    }

    /** What is scored by trainer and package to compare them: media it was not trained on first. */
    private List<Rated> probes() {
        return Stream.concat(val().stream(), train().stream())
                .limit(OneAlignProduct.PROBES)
                .toList();
    }

    private RunManifest manifest(String command, LoopResult result, OneAlignProduct.Made made, Path out)
            throws IOException {
        return new RunManifest(
                "train one-align",
                List.of(command),
                loop.seed(),
                settings.toJson(),
                sets.stream().map(TrainRequest.DataSet::recorded).toList(),
                Map.of(FIT, result),
                made.findings(),
                RunRecord.digests(out, OneAlignProduct.RESULTS));
    }
}
