package org.loupe.bench;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtGraph;
import org.loupe.export.NetworkDimensions;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.score.Task;
import org.loupe.training.onealign.NumberType;

/** Measures one package: its parts, what the second task costs, and how it stands against the plain network. */
final class PackageBench {
    static final int LEAST_ROUNDS = 7;
    private static final int WARM_UPS = 2;
    /** Above this the two ways to know the prefill's time contradict each other. */
    private static final double MOST_APART = 0.15;

    private final ModelPackage model;
    private final EngineConfig engine;
    private final int threads;
    private final int rounds;
    private final @Nullable Path checkpoint;
    private boolean withEager = true;
    private final List<String> notes = new ArrayList<>();

    /**
     * @param engine device and threads of the graph
     * @param threads threads of the eager network, the same number
     * @param rounds rounds counted, at least {@value #LEAST_ROUNDS}
     * @param checkpoint the eager network's weights; null for random ones
     */
    PackageBench(ModelPackage model, EngineConfig engine, int threads, int rounds, @Nullable Path checkpoint) {
        this.model = model;
        this.engine = engine;
        this.threads = threads;
        this.rounds = rounds;
        this.checkpoint = checkpoint;
    }

    /** @return this, which measures the package alone */
    PackageBench withoutEager() {
        withEager = false;
        return this;
    }

    /** Told how far the measuring is. */
    @FunctionalInterface
    interface Progress {
        void at(String step, long done, long total);
    }

    /**
     * @param figures what was measured
     * @param profiles what the engine noted
     * @param wholeMillis median of one photo, quality only
     * @param notes what a reader must know to judge the figures, in whole sentences
     */
    record Outcome(Figures figures, Workbench.Profiles profiles, double wholeMillis, List<String> notes) {}

    Outcome measure(Progress progress) {
        progress.at("profiling one photo", 0, 1);
        Workbench bench = new Workbench(model, engine);
        Workbench.Profiles profiles = bench.profile();
        progress.at("profiling one photo", 1, 1);
        Optional<EagerRival> eager = withEager ? eager(bench) : Optional.empty();
        try (OrtGraph whole = bench.openWhole();
                OrtGraph vision = bench.openVision()) {
            Turns.Times times = times(bench, whole, vision, eager, progress);
            double wholeMillis = times.median("one");
            return new Outcome(
                    figures(bench, whole.device().toString(), profiles, times),
                    profiles,
                    wholeMillis,
                    List.copyOf(notes));
        } finally {
            eager.ifPresent(EagerRival::close);
        }
    }

    private Optional<EagerRival> eager(Workbench bench) {
        Optional<OneAlignConfig> config = NetworkDimensions.of(model.manifest());
        if (!bench.hasPrefill() || !bench.hasBothTasks()) {
            notes.add("No eager network: there is one for OneAlign only, and it scores two tasks.");
            return Optional.empty();
        }
        if (config.isEmpty()) {
            notes.add("No eager network: the package's provenance does not tell the network's dimensions;"
                    + " import the checkpoint again.");
            return Optional.empty();
        }
        Optional<EagerRival> rival = EagerRival.open(config.get(), checkpoint, NumberType.FP32, threads);
        if (rival.isEmpty()) {
            notes.add("No eager network: the machine has not the memory for it in 32 bits.");
        } else {
            notes.add(
                    checkpoint == null
                            ? "Eager network: same shape, random weights, one set for all layers of a part; --checkpoint gives it its own."
                            : "Eager network: weights of the checkpoint, 32 bits.");
        }
        return rival;
    }

    private Turns.Times times(
            Workbench bench, OrtGraph whole, OrtGraph vision, Optional<EagerRival> eager, Progress progress) {
        EngineBatch one = bench.oneTask(1);
        Turns turns = new Turns()
                .add("vision", () -> vision.run(one, Set.of(Workbench.FRAME_EMBEDDING)))
                .add("one", () -> whole.run(one, Set.of(Workbench.LEVEL_LOGITS)));
        if (bench.hasBothTasks()) {
            EngineBatch both = bench.bothTasks(1);
            turns.add("both", () -> whole.run(both, Set.of(Workbench.LEVEL_LOGITS)));
        }
        eager.ifPresent(rival -> {
            ByteBuffer pixels = bench.photo().pixels(1);
            turns.add("eager", () -> {
                rival.score(pixels, 1, Task.QUALITY);
                rival.score(pixels, 1, Task.AESTHETICS);
            });
        });
        int total = turns.size() * (WARM_UPS + rounds);
        return turns.run(WARM_UPS, rounds, done -> progress.at("timing in turns", done, total));
    }

    private Figures figures(Workbench bench, String device, Workbench.Profiles profiles, Turns.Times times) {
        Figures.Part vision = new Figures.Part(times.median("vision"), profiles.visionTflop());
        Figures.Part prefill = null;
        if (bench.hasPrefill()) {
            double millis = times.medianDifference("one", "vision");
            prefill = new Figures.Part(millis, profiles.wholeTflop() - profiles.visionTflop());
            crossCheck(millis, profiles.prefillMillis());
        } else {
            notes.add("No prefill: this model answers without a language model.");
        }
        Double both = times.has("both") ? times.median("both") / (2 * times.median("one")) : null;
        Double eager = times.has("eager") ? times.median("eager") / times.median("both") : null;
        return new Figures(
                device, threads, model.manifest().precision(), new Figures.Parts(vision, prefill), both, eager);
    }

    private void crossCheck(double timed, double profiled) {
        String both = String.format(
                Locale.ROOT, "Prefill by difference %.1f ms, by the engine's profile %.1f ms", timed, profiled);
        boolean apart = Math.abs(timed - profiled) > MOST_APART * Math.max(timed, profiled);
        notes.add(both + (apart ? ": these contradict each other, measure again on a quiet machine." : "."));
    }
}
