package org.loupe.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtGraph;
import org.loupe.export.ModelImport;
import org.loupe.export.ModelImporter;
import org.loupe.export.Precision;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.scratch.ScratchDirectory;
import org.loupe.training.onealign.NumberType;

/**
 * Builds the variants of one checkpoint, one after the other, and measures each against the same eager network in turns: what the machine
 * suffers meanwhile cancels out of the ratios.
 */
final class Comparison {
    private static final int WARM_UPS = 1;
    private static final int BATCH_ROUNDS = 3;

    private final Path checkpoint;
    private final EngineConfig engine;
    private final int threads;
    private final int rounds;
    private final List<Precision> precisions;
    private final List<Integer> batches;
    private boolean withEager = true;

    /**
     * @param threads threads of graphs and eager networks alike
     * @param rounds rounds counted for each variant
     * @param precisions which variants to build
     * @param batches numbers of photos to score in one run
     */
    Comparison(
            Path checkpoint,
            EngineConfig engine,
            int threads,
            int rounds,
            List<Precision> precisions,
            List<Integer> batches) {
        this.checkpoint = checkpoint;
        this.engine = engine;
        this.threads = threads;
        this.rounds = rounds;
        this.precisions = List.copyOf(precisions);
        this.batches = List.copyOf(batches);
    }

    /** @return this, which measures the packages alone */
    Comparison withoutEager() {
        withEager = false;
        return this;
    }

    /**
     * @param photos photos in one run
     * @param millisPerPhoto median time of the run, quality only, divided by them
     */
    record BatchTime(int photos, double millisPerPhoto) {}

    /**
     * @param precision numbers of the weights
     * @param constantPrefix whether keys and values of the text before the picture are constants
     * @param sizeBytes of the package
     * @param figures as for a package measured alone
     * @param prefillOfPeak the prefill's operations a second over the machine's, with the same numbers; null where the machine's are not known
     * @param batches time of a photo in batches of several sizes
     * @param millisByOperator where the engine spends one photo, most first
     * @param millisByPart likewise, by part of the network
     */
    record Variant(
            String precision,
            boolean constantPrefix,
            long sizeBytes,
            Figures figures,
            @Nullable Double prefillOfPeak,
            List<BatchTime> batches,
            Map<String, Double> millisByOperator,
            Map<String, Double> millisByPart) {}

    /**
     * @param threads threads used
     * @param peak what the machine can do, 10^12 operations a second
     * @param variants in the order they were built
     * @param eagerBf16OverFp32 time of the eager network in 16 bits over its time in 32, both tasks; null if memory was short or it was not asked for
     */
    record Outcome(
            int threads,
            MachinePeak.Peak peak,
            List<Variant> variants,
            @Nullable Double eagerBf16OverFp32) {}

    /**
     * @param scratch an existing directory with room for one variant; what is written there is removed again
     * @throws ScoringException CHECKPOINT_INVALID if it cannot be imported, IO_FAILED if the disk is full
     */
    Outcome measure(Path scratch, PackageBench.Progress progress) {
        try {
            Path work = Files.createTempDirectory(scratch, "loupe-bench");
            try {
                progress.at("measuring the machine", 0, 1);
                MachinePeak.Peak peak = MachinePeak.measure(work, threads);
                List<Variant> variants = new ArrayList<>();
                for (Precision precision : precisions) {
                    for (boolean constant : new boolean[] {true, false}) {
                        variants.add(variant(work, precision, constant, peak, progress));
                    }
                }
                return new Outcome(threads, peak, variants, withEager ? sixteenBits(progress) : null);
            } finally {
                ScratchDirectory.delete(work);
            }
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "the comparison failed: " + e.getMessage(), e);
        }
    }

    private Variant variant(
            Path work, Precision precision, boolean constant, MachinePeak.Peak peak, PackageBench.Progress progress)
            throws IOException {
        String name = precision.id() + (constant ? "" : ", computed prefix");
        Path out = work.resolve(precision.id() + (constant ? "" : "-computed"));
        ModelImport request = new ModelImport(
                checkpoint, out, "bench", "1", precision, new Manifest.Licence("unknown", "unknown", null), null, 1);
        ModelImporter.Progress importing = (step, done, total) -> progress.at(name + ": " + step, done, total);
        if (constant) {
            ModelImporter.run(request, importing);
        } else {
            ModelImporter.runWithoutConstantPrefix(request, importing);
        }
        try (ModelPackage model = ModelPackage.open(out)) {
            PackageBench bench = new PackageBench(model, engine, threads, rounds, null);
            PackageBench.Outcome outcome = (withEager ? bench : bench.withoutEager())
                    .measure((step, done, total) -> progress.at(name + ": " + step, done, total));
            List<BatchTime> times = constant ? batches(model, name, progress) : List.of();
            return new Variant(
                    precision.id(),
                    constant,
                    model.sizeBytes(),
                    outcome.figures(),
                    ofPeak(precision, outcome.figures(), peak),
                    times,
                    Report.sums(outcome.profiles().whole(), NodeRun::op),
                    Report.sums(outcome.profiles().whole(), Comparison::part));
        } finally {
            ScratchDirectory.delete(out);
        }
    }

    private static @Nullable Double ofPeak(Precision precision, Figures figures, MachinePeak.Peak peak) {
        Figures.Part prefill = figures.parts().prefill();
        if (prefill == null) {
            return null;
        }
        return switch (precision) {
            case FP32 -> prefill.tflopPerSecond() / peak.fp32();
            case INT8 -> prefill.tflopPerSecond() / peak.int8();
            case FP16, INT4 -> null;
        };
    }

    /** @return the part of the network a node belongs to, by its path; what the engine fused and renamed stands alone */
    static String part(NodeRun node) {
        String name = node.name();
        for (String part :
                List.of("vision_model", "visual_abstractor", "self_attn", "mlp", "layernorm", "lm_head", "quantised")) {
            if (name.contains("/" + part) || name.contains(part + "/")) {
                boolean vision = name.contains("vision_model") || name.contains("visual_abstractor");
                return vision ? part : "language " + part;
            }
        }
        return "others";
    }

    private List<BatchTime> batches(ModelPackage model, String name, PackageBench.Progress progress) {
        Workbench bench = new Workbench(model, engine);
        List<BatchTime> times = new ArrayList<>();
        try (OrtGraph graph = bench.openWhole()) {
            for (int photos : batches) {
                EngineBatch batch = bench.oneTask(photos);
                Turns.Times millis = new Turns()
                        .add("batch", () -> graph.run(batch, Set.of(Workbench.LEVEL_LOGITS)))
                        .run(WARM_UPS, BATCH_ROUNDS, done -> {});
                times.add(new BatchTime(photos, millis.median("batch") / photos));
                progress.at(name + ": batches", times.size(), batches.size());
            }
        }
        return times;
    }

    private @Nullable Double sixteenBits(PackageBench.Progress progress) throws IOException {
        OneAlignConfig config = OneAlignConfig.read(checkpoint);
        Optional<EagerRival> wide = EagerRival.open(config, null, NumberType.FP32, threads);
        Optional<EagerRival> half = EagerRival.open(config, null, NumberType.BF16, threads);
        try {
            if (wide.isEmpty() || half.isEmpty()) {
                return null;
            }
            int side = config.vision().imageSide();
            ByteBuffer pixels = ByteBuffer.allocateDirect(side * side * 3);
            Turns turns =
                    new Turns().add("fp32", () -> both(wide.get(), pixels)).add("bf16", () -> both(half.get(), pixels));
            int total = turns.size() * (WARM_UPS + rounds);
            Turns.Times times =
                    turns.run(WARM_UPS, rounds, done -> progress.at("eager network in 32 and 16 bits", done, total));
            return times.median("bf16") / times.median("fp32");
        } finally {
            wide.ifPresent(EagerRival::close);
            half.ifPresent(EagerRival::close);
        }
    }

    private static void both(EagerRival rival, ByteBuffer pixels) {
        rival.score(pixels, 1, Task.QUALITY);
        rival.score(pixels, 1, Task.AESTHETICS);
    }

    /** @return the comparison as a page */
    static List<String> markdown(Outcome outcome) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%d threads. The machine does %.2f TFLOP/s in fp32 and %.2f TOP/s in int8, one large product after the other.",
                outcome.threads(),
                outcome.peak().fp32(),
                outcome.peak().int8()));
        lines.add("");
        lines.add(
                "| weights | prefix | GB | vision ms | prefill ms | prefill TFLOP/s | of peak | both / 2 x one | eager fp32 / graph |");
        lines.add("|---|---|---|---|---|---|---|---|---|");
        for (Variant variant : outcome.variants()) {
            lines.add(row(variant));
        }
        lines.add("");
        for (Variant variant : outcome.variants()) {
            if (!variant.batches().isEmpty()) {
                StringBuilder line = new StringBuilder(variant.precision() + ", ms a photo in batches:");
                variant.batches()
                        .forEach(time -> line.append(
                                String.format(Locale.ROOT, " %d: %.0f,", time.photos(), time.millisPerPhoto())));
                lines.add(line.substring(0, line.length() - 1) + ".");
                lines.add("");
            }
        }
        if (outcome.eagerBf16OverFp32() != null) {
            lines.add(String.format(
                    Locale.ROOT, "Eager bf16 takes %.2f times as long as eager fp32.", outcome.eagerBf16OverFp32()));
            lines.add("");
        }
        for (Variant variant : outcome.variants()) {
            if (variant.constantPrefix()) {
                lines.add(variant.precision() + " by operator: " + shares(variant.millisByOperator()));
                lines.add("");
                lines.add(variant.precision() + " by part: " + shares(variant.millisByPart()));
                lines.add("");
            }
        }
        return lines;
    }

    private static String row(Variant variant) {
        Figures figures = variant.figures();
        Figures.Part vision = figures.parts().vision();
        Figures.Part prefill = figures.parts().prefill();
        return String.format(
                Locale.ROOT,
                "| %s | %s | %.1f | %s | %s | %s | %s | %s | %s |",
                variant.precision(),
                variant.constantPrefix() ? "constant" : "computed",
                variant.sizeBytes() / 1e9,
                number("%.0f", vision == null ? null : vision.millis()),
                number("%.0f", prefill == null ? null : prefill.millis()),
                number("%.2f", prefill == null ? null : prefill.tflopPerSecond()),
                number("%.2f", variant.prefillOfPeak()),
                number("%.2f", figures.bothTasksOverTwiceOneTask()),
                number("%.2f", figures.eagerOverGraph()));
    }

    private static String number(String format, @Nullable Double value) {
        return value == null ? "-" : String.format(Locale.ROOT, format, value);
    }

    private static String shares(Map<String, Double> millis) {
        double whole = millis.values().stream().mapToDouble(Double::doubleValue).sum();
        List<String> parts = new ArrayList<>();
        millis.forEach((name, some) -> {
            if (some >= 0.01 * whole) {
                parts.add(String.format(Locale.ROOT, "%s %.1f %%", name, 100 * some / whole));
            }
        });
        return String.join(", ", parts) + ".";
    }
}
