package org.loupe.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.loupe.client.ScoreOptions;
import org.loupe.command.ProgressBar;
import org.loupe.decode.MediaSource;
import org.loupe.export.ModelImport;
import org.loupe.export.ModelImporter;
import org.loupe.export.Precision;
import org.loupe.export.adapter.AdapterImport;
import org.loupe.export.adapter.AdapterImporter;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scoring.LocalScorer;
import org.loupe.training.data.Rated;
import org.loupe.training.onealign.NumberType;
import org.loupe.training.onealign.OneAlignExport;
import org.loupe.training.onealign.OneAlignLearner;
import org.loupe.training.onealign.TrainableOneAlign;

/**
 * What a OneAlign run leaves: {@code peft} and {@code adapter}, or {@code checkpoint} (Hugging Face layout) and {@code package}. Adapter or
 * package come into being only if the serving code, from file to score, says what the trainer says.
 */
final class OneAlignProduct {
    /** How many media trainer and package both score. */
    static final int PROBES = 16;

    private static final String PEFT = "peft";
    private static final String ADAPTER = "adapter";
    private static final String CHECKPOINT = "checkpoint";
    private static final String PACKAGE = "package";
    private static final String DRAFT = ".draft";
    /** Names of what is written below the run's directory; which of them depends on the settings. */
    static final List<String> RESULTS = List.of(PEFT, ADAPTER, CHECKPOINT, PACKAGE, DRAFT);

    private static final Manifest.Licence LICENCE = new Manifest.Licence("unknown", "unknown", null);
    private static final String VERSION = "1";

    private final Path base;
    private final OneAlignSettings settings;
    private final Path out;
    private final ProgressBar bar;

    OneAlignProduct(Path base, OneAlignSettings settings, Path out, ProgressBar bar) {
        this.base = base;
        this.settings = settings;
        this.out = out;
        this.bar = bar;
    }

    /**
     * @param directory adapter or package
     * @param findings how far it is from the trainer
     */
    record Made(Path directory, ObjectNode findings) {}

    /**
     * @param resume whether what a killed run has left may go
     * @throws ScoringException INVALID_REQUEST if something of the kind lies there already, or the options contradict each other
     */
    void requireFree(boolean resume) {
        Remains.clear(out, RESULTS, resume);
        String ref = settings.basePackage();
        if (ref != null) {
            if (settings.tuning().lowRank() == null) {
                throw wrong("--package makes an adapter, and --tuning full learns none; leave --package out");
            }
            try (ModelPackage known = ModelResolver.standard().open(ref)) { // found before the training, not after it
                List<String> targets = known.manifest().adapterTargets();
                if (targets == null || targets.isEmpty()) {
                    throw wrong(ref + " takes no adapters; import its checkpoint again with --adapter-targets default");
                }
            }
        }
    }

    Made make(TrainableOneAlign network, OneAlignLearner learner, List<Rated> probes) throws IOException {
        if (network.tuning().lowRank() != null) {
            OneAlignExport.peft(network, String.valueOf(base.getFileName()), out.resolve(PEFT));
        }
        String ref = settings.basePackage();
        Path draft = out.resolve(DRAFT);
        Path target = out.resolve(ref == null ? PACKAGE : ADAPTER);
        if (ref != null) {
            adapter(ref, draft);
        } else {
            OneAlignExport.checkpoint(
                    network, base, out.resolve(CHECKPOINT), bytes -> bar.at("Writing the checkpoint", bytes, 0));
            wholePackage(draft);
        }
        double deviation = deviation(learner, ref, draft, probes);
        double allowed = allowed(ref);
        if (!(deviation <= allowed)) {
            throw new ScoringException(
                    ErrorReason.MODEL_FAILED,
                    String.format(
                            Locale.ROOT,
                            "what was written scores up to %.4f MOS away from the trainer, more than the %.4f that its"
                                    + " numbers explain; it stays in %s and is not declared usable",
                            deviation,
                            allowed,
                            DRAFT));
        }
        Files.move(draft, target);
        bar.println(String.format(
                Locale.ROOT,
                "Through the serving code %d media score within %.2g MOS of the trainer (allowed %.2g).",
                probes.size(),
                deviation,
                allowed));
        ObjectNode findings = new ObjectMapper().createObjectNode();
        findings.put("deviation_mos", deviation).put("allowed_mos", allowed).put("compared", probes.size());
        return new Made(target, findings);
    }

    private void adapter(String ref, Path draft) {
        try (ModelPackage known = ModelResolver.standard().open(ref)) {
            AdapterImporter.run(
                    new AdapterImport(out.resolve(PEFT), known, base, draft, settings.name(), VERSION, LICENCE, null),
                    bar::at);
        }
    }

    private void wholePackage(Path draft) {
        ModelImporter.run(
                new ModelImport(
                                out.resolve(CHECKPOINT),
                                draft,
                                settings.name(),
                                VERSION,
                                settings.precision(),
                                LICENCE,
                                null,
                                ModelImport.DEFAULT_MAX_FRAMES)
                        .withPrompts(settings.family(), settings.promptOrder()),
                bar::at);
    }

    private double deviation(OneAlignLearner learner, @Nullable String ref, Path draft, List<Rated> probes) {
        String model = ref == null ? draft.toString() : ref;
        Optional<String> adapter = ref == null ? Optional.empty() : Optional.of(draft.toString());
        double worst = 0;
        try (LocalScorer scorer = LocalScorer.open(model, adapter)) {
            for (int i = 0; i < probes.size(); i++) {
                bar.at("Comparing with the serving code", i, probes.size());
                Rated rated = probes.get(i);
                ScoreOptions asked = ScoreOptions.DEFAULT.withTasks(Set.of(rated.task()));
                double served =
                        mos(scorer, rated, ref == null ? asked : asked.withAdapter(settings.name() + "/" + VERSION));
                worst = Math.max(worst, Math.abs(served - learner.score(rated).mos()));
            }
        }
        return worst;
    }

    private static double mos(LocalScorer scorer, Rated rated, ScoreOptions asked) {
        try {
            return Objects.requireNonNull(
                            scorer.scoreAsync(MediaSource.of(rated.file()), asked)
                                    .join()
                                    .scores()
                                    .get(rated.task()),
                            "every task was asked for")
                    .mos();
        } catch (CompletionException e) {
            throw e.getCause() instanceof ScoringException known ? known : e;
        }
    }

    /**
     * How far apart trainer and package may be, in MOS: rounding to 24 bits in another order of sums, or to the 8 bits of bf16 and the 11 of
     * fp16, or to steps of weights. The steps' deviations are those that docs/precisions.md measured on untrained networks, the worst kind.
     */
    private double allowed(@Nullable String ref) {
        Precision precision = settings.precision();
        if (ref != null) {
            try (ModelPackage known = ModelResolver.standard().open(ref)) {
                precision = Precision.valueOf(known.manifest().precision().toUpperCase(Locale.ROOT));
            }
        }
        return switch (precision) {
            case FP32 -> settings.compute() == NumberType.FP32 ? 0.001 : 0.1;
            case FP16 -> 0.1;
            case INT8 -> 0.2;
            case INT4 -> 0.5;
        };
    }

    private static ScoringException wrong(String what) {
        return new ScoringException(ErrorReason.INVALID_REQUEST, what);
    }
}
