package org.loupe.training.plan;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.OneAlignTensors;
import org.loupe.training.onealign.NumberType;
import org.loupe.training.onealign.Tuning;

/** Counts what training OneAlign takes. Formulas count what libtorch keeps for the backward pass of the network as it is written here. */
public final class OneAlignPlan {
    private static final int FP32 = 4;
    // AdamW: mean and mean square of every gradient, and what one step makes of the largest tensor.
    private static final int MOMENTS = 2;
    private static final int STEP_COPIES = 3;
    private static final int CHANNELS = 3;
    // JVM, libtorch and its thread pool, buffers: what two runs on slices of real widths took beyond the rest,
    // docs/training-onealign.md.
    private static final long PROCESS_BYTES = 800L << 20;
    // Conversation v1 with the longest question and its answer.
    private static final int TEXT_TOKENS = 66;
    private static final int TARGETS = 9;

    private final OneAlignConfig config;
    private final Setup setup;

    /**
     * How it is trained.
     *
     * @param type what the network computes in
     * @param tuning what learns
     * @param recompute whether layers are computed again in the backward pass
     * @param rows rows of one pass
     * @param framesPerRow most frames a row looks at, 1 for pictures
     * @param passesAhead passes whose pixels are read before they are needed
     */
    public record Setup(
            NumberType type, Tuning tuning, boolean recompute, int rows, int framesPerRow, int passesAhead) {
        Setup recomputing() {
            return new Setup(type, tuning, true, rows, framesPerRow, passesAhead);
        }

        Setup oneRow() {
            return new Setup(type, tuning, recompute, 1, framesPerRow, passesAhead);
        }

        Setup halved() {
            return new Setup(NumberType.BF16, tuning, recompute, rows, framesPerRow, passesAhead);
        }

        Setup of(int frames) {
            return new Setup(type, tuning, recompute, rows, frames, passesAhead);
        }

        Setup lora() {
            return new Setup(type, Tuning.REFERENCE_LORA, recompute, rows, framesPerRow, passesAhead);
        }
    }

    private OneAlignPlan(OneAlignConfig config, Setup setup) {
        this.config = config;
        this.setup = setup;
    }

    /**
     * @param itemsByFrames of one epoch, by the frames a row of them looks at; not empty, at most {@link Setup#framesPerRow} frames
     * @param speed of the machine, measured or not
     */
    public static TrainingPlan of(
            OneAlignConfig config,
            Setup setup,
            Map<Integer, Double> itemsByFrames,
            int epochs,
            MachineSpeed speed,
            TrainingPlan.Limit limit) {
        OneAlignPlan plan = new OneAlignPlan(config, setup);
        double items = 0;
        double flop = 0;
        double clips = 0;
        for (Map.Entry<Integer, Double> some : itemsByFrames.entrySet()) {
            items += some.getValue();
            flop += some.getValue() * new OneAlignPlan(config, setup.of(some.getKey())).flopPerItem();
            clips += some.getKey() > 1 ? some.getValue() : 0;
        }
        return new TrainingPlan(
                plan.subject(),
                plan.parameters(),
                plan.memory(),
                plan.remarks(Math.round(clips)),
                new TrainingPlan.Time(flop / items, speed.flopPerSecond(), Math.round(items), epochs, speed.how()),
                limit,
                plan.ways());
    }

    private String subject() {
        Tuning.LowRank lowRank = setup.tuning().lowRank();
        return String.format(
                Locale.ROOT,
                "OneAlign of %d vision, %d abstractor and %d decoder layers, computing in %s, %d %s a pass, %s",
                config.vision().layers(),
                config.abstractor().layers(),
                config.language().layers(),
                setup.type().id(),
                setup.rows(),
                setup.rows() == 1 ? "row" : "rows",
                lowRank == null
                        ? "whole parts learn"
                        : String.format(
                                Locale.ROOT,
                                "LoRA of rank %d, alpha %.0f, dropout %.2f",
                                lowRank.rank(),
                                lowRank.alpha(),
                                lowRank.dropout()));
    }

    private List<TrainingPlan.Parameters> parameters() {
        Map<Tuning.Part, long[]> counts = new EnumMap<>(Tuning.Part.class);
        OneAlignTensors.expected(config).forEach((name, shape) -> {
            long elements = elements(shape);
            long[] count = counts.computeIfAbsent(Tuning.Part.of(name), part -> new long[2]);
            count[0] += elements;
            count[1] += setup.tuning().trains(name) ? elements : 0;
        });
        List<TrainingPlan.Parameters> lines = new ArrayList<>();
        counts.forEach((part, count) ->
                lines.add(new TrainingPlan.Parameters(part.name().toLowerCase(Locale.ROOT), count[0], count[1])));
        long pairs = lowRankParameters();
        if (setup.tuning().lowRank() != null) {
            lines.add(new TrainingPlan.Parameters("low-rank terms", pairs, pairs));
        }
        return lines;
    }

    private long lowRankParameters() {
        Tuning.LowRank lowRank = setup.tuning().lowRank();
        if (lowRank == null) {
            return 0;
        }
        long sum = 0;
        for (Map.Entry<String, List<Long>> tensor :
                OneAlignTensors.expected(config).entrySet()) {
            if (adapted(tensor.getKey())) {
                sum += lowRank.rank()
                        * (tensor.getValue().get(0) + tensor.getValue().get(1));
            }
        }
        return sum;
    }

    private boolean adapted(String tensor) {
        Tuning.LowRank lowRank = setup.tuning().lowRank();
        return lowRank != null
                && tensor.endsWith(".weight")
                && lowRank.targets().lowRank(tensor.substring(0, tensor.length() - ".weight".length()));
    }

    private long all() {
        return parameters().stream().mapToLong(TrainingPlan.Parameters::all).sum();
    }

    private long trained() {
        return parameters().stream().mapToLong(TrainingPlan.Parameters::trained).sum();
    }

    private List<TrainingPlan.Memory> memory() {
        long trained = trained();
        Activations kept = new Activations(config, setup);
        long frozen = all() - trained;
        List<TrainingPlan.Memory> memory = new ArrayList<>();
        memory.add(new TrainingPlan.Memory(
                "frozen weights", frozen * bytes(), setup.type().id()));
        memory.add(new TrainingPlan.Memory("trained weights", trained * FP32, "fp32"));
        memory.add(new TrainingPlan.Memory("gradients", trained * FP32, "fp32"));
        memory.add(new TrainingPlan.Memory("optimiser", trained * FP32 * MOMENTS, "two moments"));
        memory.add(new TrainingPlan.Memory(
                "activations",
                kept.bytes(setup.recompute()),
                String.format(
                        Locale.ROOT,
                        "%.2f GiB %s",
                        kept.bytes(!setup.recompute()) / (double) (1L << 30),
                        setup.recompute() ? "without --recompute" : "with --recompute")));
        memory.add(new TrainingPlan.Memory("pixels", pixels(), "read ahead and in use"));
        memory.add(new TrainingPlan.Memory(
                "working space",
                Math.max(kept.workingBytes() + logits(), largestTrained() * FP32 * STEP_COPIES),
                "one layer, or a step"));
        memory.add(new TrainingPlan.Memory("process", PROCESS_BYTES, "JVM and libtorch"));
        return memory;
    }

    private long pixels() {
        long frame =
                (long) CHANNELS * config.vision().imageSide() * config.vision().imageSide();
        long frames = (long) setup.rows() * setup.framesPerRow();
        // bytes read ahead; while one pass is normalised, doubles and two arrays of 32 bits
        return frames * frame * (setup.passesAhead() + 1 + Double.BYTES + 2 * FP32);
    }

    private long logits() {
        // logits, their logarithm and gradient
        return 3L * FP32 * TARGETS * setup.rows() * config.language().vocabulary();
    }

    private long largestTrained() {
        return OneAlignTensors.expected(config).entrySet().stream()
                .filter(tensor -> setup.tuning().trains(tensor.getKey()))
                .mapToLong(tensor -> elements(tensor.getValue()))
                .max()
                .orElse(0);
    }

    private List<String> remarks(long clips) {
        List<String> remarks = new ArrayList<>();
        remarks.add(String.format(
                Locale.ROOT,
                "What learns takes 16 bytes a parameter (weight, gradient, two moments in fp32), what is frozen %d.",
                bytes()));
        if (clips > 0) {
            remarks.add(
                    "Of an epoch's items " + clips + " are clips, of up to " + setup.framesPerRow()
                            + " frames: memory is planned for a pass of the longest, time for all of them as long as they are.");
        }
        return remarks;
    }

    /** What each change alone would need, and all of them together, as far as they change anything. */
    private List<TrainingPlan.Way> ways() {
        List<TrainingPlan.Way> ways = new ArrayList<>();
        Setup all = setup;
        if (!setup.recompute()) {
            add(ways, "--recompute", setup.recomputing());
            all = all.recomputing();
        }
        if (setup.rows() > 1) {
            add(ways, "one row a pass (--rows-per-pass 1)", setup.oneRow());
            all = all.oneRow();
        }
        if (setup.type() == NumberType.FP32) {
            add(ways, "--compute bf16", setup.halved());
            all = all.halved();
        }
        if (setup.tuning().lowRank() == null) {
            add(ways, "--tuning lora", setup.lora());
            all = all.lora();
        }
        if (ways.size() > 1) {
            add(ways, "all of these", all);
        }
        return ways;
    }

    private void add(List<TrainingPlan.Way> ways, String change, Setup changed) {
        ways.add(new TrainingPlan.Way(
                change,
                new OneAlignPlan(config, changed)
                        .memory().stream().mapToLong(TrainingPlan.Memory::bytes).sum()));
    }

    /** A frozen stretch before everything that learns is computed once; behind it also backwards, and once more where it is recomputed. */
    private double flopPerItem() {
        OneAlignConfig.Vision v = config.vision();
        OneAlignConfig.Abstractor a = config.abstractor();
        OneAlignConfig.Language l = config.language();
        double t = v.tokens();
        double d = v.width();
        double vision = v.layers() * (2 * t * (4 * d * d + 2 * d * v.inner()) + 4 * t * t * d);
        double q = a.queries();
        double abstractor =
                a.layers() * (2 * d * d * (2 * q + 2 * (q + t)) + 4 * q * (q + t) * d + 6 * q * d * a.inner())
                        + 2 * q * d * l.width();
        double n = TEXT_TOKENS + (double) setup.framesPerRow() * a.rows();
        double h = l.width();
        double language = l.layers() * (2 * n * (4 * h * h + 3 * h * l.inner()) + 4 * n * n * h)
                + 2.0 * TARGETS * h * l.vocabulary();
        boolean visionLearns = learns(Tuning.Part.VISION);
        boolean abstractorLearns = learns(Tuning.Part.ABSTRACTOR);
        return setup.framesPerRow()
                        * (vision * times(visionLearns, visionLearns)
                                + abstractor * times(visionLearns || abstractorLearns, abstractorLearns))
                + language * times(true, learns(Tuning.Part.DECODER));
    }

    private boolean learns(Tuning.Part part) {
        return setup.tuning().whole().contains(part);
    }

    private double times(boolean backward, boolean weights) {
        return 1 + (backward ? 1 : 0) + (weights ? 1 : 0) + (backward && setup.recompute() ? 1 : 0);
    }

    private int bytes() {
        return setup.type() == NumberType.FP32 ? FP32 : FP32 / 2;
    }

    private static long elements(List<Long> shape) {
        return shape.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
    }

    /** @return tokens of a picture's row: what is said and what is seen */
    public static int pictureTokens(OneAlignConfig config) {
        return TEXT_TOKENS + config.abstractor().rows();
    }

    static long trainedElements(OneAlignConfig config, Setup setup) {
        return new OneAlignPlan(config, setup).trained();
    }

    static int textTokens() {
        return TEXT_TOKENS;
    }
}
