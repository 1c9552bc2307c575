package org.loupe.training;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.loupe.export.AdapterTargets;
import org.loupe.export.ModelFamily;
import org.loupe.export.Precision;
import org.loupe.export.PromptOrder;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.loop.LoopConfig;
import org.loupe.training.objective.ObjectiveKind;
import org.loupe.training.onealign.NumberType;
import org.loupe.training.onealign.OneAlignLearner;
import org.loupe.training.onealign.Tuning;
import org.loupe.training.onealign.text.Dialogue;
import org.loupe.training.recipe.DataSection;
import picocli.CommandLine;

/** How a OneAlign checkpoint is trained; without effect for the small network. */
final class OneAlignOptions {
    /** The reference's settings, with passes that fit a machine of today; AdamW, cosine and warm-up as it has them. */
    private static final LoopConfig LOOP = LoopConfig.DEFAULT
            .with("epochs", 2)
            .with("batch", 32)
            .with("learning-rate", 2e-4)
            .with("weight-decay", 0.0)
            .with("log-every", 1)
            .with("checkpoint-every", 100)
            .with("read-ahead", 1)
            .with("keep-best", 1);

    private static final double FULL_LEARNING_RATE = 2e-5;
    private static final double GIB = 1L << 30;

    @CommandLine.Option(
            names = "--tuning",
            defaultValue = "LORA",
            paramLabel = "lora|full",
            description = "OneAlign: low-rank terms and the abstractor, or everything (default: ${DEFAULT-VALUE})")
    private Kind tuning;

    @CommandLine.Option(
            names = "--train-parts",
            split = ",",
            paramLabel = "LIST",
            description =
                    "OneAlign: parts that learn as a whole, of vision, abstractor, embeddings, decoder, head, or none; the others are"
                            + " frozen (default: abstractor with lora, all with full)")
    private @Nullable List<String> parts;

    @CommandLine.Option(
            names = "--lora-targets",
            defaultValue = "default",
            paramLabel = "LIST",
            description =
                    "OneAlign: modules of the decoder that get low-rank terms, as in model import --adapter-targets"
                            + " (default: ${DEFAULT-VALUE}, the reference's)")
    private String targets;

    @CommandLine.Option(
            names = "--lora-rank",
            defaultValue = "128",
            paramLabel = "R",
            description = "OneAlign: r (default: ${DEFAULT-VALUE})")
    private int rank;

    @CommandLine.Option(
            names = "--lora-alpha",
            paramLabel = "X",
            description = "OneAlign: a term counts alpha / r (default: twice the rank)")
    private @Nullable Double alpha;

    @CommandLine.Option(
            names = "--lora-dropout",
            defaultValue = "0.05",
            paramLabel = "P",
            description = "OneAlign: share of inputs dropped (default: ${DEFAULT-VALUE})")
    private double dropout;

    @CommandLine.Option(
            names = "--compute",
            defaultValue = "BF16",
            paramLabel = "fp32|bf16",
            description =
                    "OneAlign: numbers the network computes in and frozen weights are kept in (default: ${DEFAULT-VALUE})")
    private NumberType compute;

    @CommandLine.Option(
            names = "--recompute",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description =
                    "OneAlign: compute the inside of layers again in the backward pass instead of keeping it (default: yes)")
    private boolean recompute;

    @CommandLine.Option(
            names = "--rows-per-pass",
            defaultValue = "1",
            paramLabel = "N",
            description = "OneAlign: media that go through the network together; gradients of a batch's passes add up"
                    + " (default: ${DEFAULT-VALUE})")
    private int rows;

    private OneAlignLearner.Objective objective = OneAlignLearner.Objective.LEVELS;

    @CommandLine.Option(
            names = "--conversation",
            defaultValue = "V1",
            paramLabel = "v1|mplug_owl2",
            description = "OneAlign: with the reference's system prompt or without (default: ${DEFAULT-VALUE})")
    private Dialogue dialogue;

    @CommandLine.Option(
            names = "--one-question",
            description =
                    "OneAlign: always ask the question that is asked when scoring, rather than one of the reference's nine")
    private boolean oneQuestion;

    @CommandLine.Option(
            names = "--train-device",
            defaultValue = "cpu",
            paramLabel = "cpu|cuda[:N]",
            description = "OneAlign: where it is trained (default: ${DEFAULT-VALUE})")
    private String device;

    @CommandLine.Option(
            names = "--loop",
            paramLabel = "KEY=VALUE",
            description = {
                "OneAlign: a setting of the loop, several times: epochs, batch, learning-rate, warm-up, schedule, weight-decay, clip,",
                "evaluate-every, patience, keep-best, checkpoint-every, seed, threads, ... (defaults: the reference's)"
            })
    private Map<String, String> loop = new LinkedHashMap<>();

    @CommandLine.Option(
            names = "--package",
            paramLabel = "REF",
            description =
                    "OneAlign: the model package that was imported from the base with --adapter-targets; what was learned becomes an"
                            + " adapter for it. Without it the whole network is written as a package")
    private @Nullable String basePackage;

    @CommandLine.Option(
            names = "--like",
            paramLabel = "one-align|deqa-score",
            description =
                    "OneAlign: what the base was trained to answer, as in model import; deqa-score rates the quality of photos only."
                            + " Its files do not tell (default: what --package was imported as, or one-align)")
    private @Nullable String like;

    @CommandLine.Option(
            names = "--prompt-order",
            paramLabel = "paper|score-method",
            description = "OneAlign: how the answer begins in the package that is written, as in model import"
                    + " (default: as --package has it, or paper)")
    private @Nullable String promptOrder;

    @CommandLine.Option(
            names = "--precision",
            defaultValue = "FP32",
            paramLabel = "fp32|fp16|int8|int4",
            description = "OneAlign: of the package that is written without --package (default: ${DEFAULT-VALUE})")
    private Precision precision;

    @CommandLine.Option(
            names = "--name",
            defaultValue = "tuned",
            paramLabel = "NAME",
            description = "OneAlign: what the adapter or package is called (default: ${DEFAULT-VALUE})")
    private String name;

    @CommandLine.Option(
            names = "--memory",
            paramLabel = "GIB",
            description = "plan for so much memory rather than for what is free here")
    private @Nullable Double memory;

    private enum Kind {
        LORA,
        FULL
    }

    /** @return whether a base names a checkpoint rather than a package */
    static boolean isCheckpoint(String base) {
        Path directory = Path.of(base);
        return Files.isRegularFile(directory.resolve("config.json")) && !Files.exists(directory.resolve("model.json"));
    }

    Tuning tuning() {
        Set<Tuning.Part> whole = parts();
        if (tuning == Kind.FULL) {
            return new Tuning(whole, null);
        }
        if (rank < 1 || !(dropout >= 0 && dropout < 1) || (alpha != null && !(alpha > 0))) {
            throw wrong("--lora-rank is at least 1, --lora-alpha above 0, --lora-dropout 0 or more and below 1");
        }
        double strength = alpha == null ? 2.0 * rank : alpha;
        return new Tuning(whole, new Tuning.LowRank(AdapterTargets.parse(targets), rank, strength, dropout));
    }

    private Set<Tuning.Part> parts() {
        if (parts == null) {
            return tuning == Kind.FULL ? EnumSet.allOf(Tuning.Part.class) : EnumSet.of(Tuning.Part.ABSTRACTOR);
        }
        EnumSet<Tuning.Part> chosen = EnumSet.noneOf(Tuning.Part.class);
        for (String word : parts) {
            if (!word.equals("none")) {
                try {
                    chosen.add(Tuning.Part.valueOf(word.strip().toUpperCase(Locale.ROOT)));
                } catch (IllegalArgumentException e) {
                    throw wrong("--train-parts takes vision, abstractor, embeddings, decoder, head or none, not '"
                            + word + "'");
                }
            }
        }
        if (tuning == Kind.LORA && chosen.stream().anyMatch(part -> part != Tuning.Part.ABSTRACTOR)) {
            throw wrong("with --tuning lora the abstractor alone can learn as a whole: an adapter brings nothing else;"
                    + " --tuning full takes other parts");
        }
        return chosen;
    }

    /** @throws ScoringException INVALID_REQUEST for a key or value the loop does not know */
    LoopConfig loop() {
        LoopConfig config = tuning == Kind.FULL ? LOOP.with("learning-rate", FULL_LEARNING_RATE) : LOOP;
        for (Map.Entry<String, String> setting : loop.entrySet()) {
            config = config.with(setting.getKey(), value(setting.getValue()));
        }
        return config;
    }

    private static Object value(String text) {
        if (text.matches("-?\\d+")) {
            return Long.parseLong(text);
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return text;
        }
    }

    /** @param id what {@code --objective} says, an option the small model has too; null for the default */
    void objective(@Nullable ObjectiveKind id) {
        if (id != null) {
            objective = switch (id) {
                case LEVELS -> OneAlignLearner.Objective.LEVELS;
                case SOFT_LEVELS -> OneAlignLearner.Objective.SOFT;
                case RANKING -> OneAlignLearner.Objective.RANK;
                case REGRESSION, POLICY ->
                    throw wrong("OneAlign learns levels, soft-levels or ranking, not " + id.id());
            };
        }
    }

    /**
     * @param said how a recipe wants it to be asked; what was typed counts instead
     * @param typed whether an option was
     */
    void questions(DataSection.@Nullable Questions said, Predicate<String> typed) {
        if (said != null && said.conversation() != null && !typed.test("--conversation")) {
            dialogue = Arrays.stream(Dialogue.values())
                    .filter(known -> known.id().equals(said.conversation()))
                    .findFirst()
                    .orElseThrow(() -> wrong("data: a conversation is v1 or mplug_owl2, not " + said.conversation()));
        }
        if (said != null && said.oneQuestion() != null && !typed.test("--one-question")) {
            oneQuestion = said.oneQuestion();
        }
    }

    OneAlignLearner.Teaching teaching() {
        if (rows < 1) {
            throw wrong("--rows-per-pass is at least 1");
        }
        return new OneAlignLearner.Teaching(objective, dialogue, !oneQuestion, rows, promptOrder());
    }

    /** @throws ScoringException INVALID_REQUEST if it is not what {@code --package} was imported as */
    ModelFamily family() {
        ModelFamily told = like == null ? null : ModelFamily.of(like);
        ModelFamily imported = imported(ModelFamily::of);
        if (told != null && imported != null && told != imported) {
            throw wrong("--like says " + told.id() + ", but " + basePackage + " was imported as " + imported.id());
        }
        return told != null ? told : imported != null ? imported : ModelFamily.ONE_ALIGN;
    }

    /** @throws ScoringException INVALID_REQUEST if it is not how {@code --package} was imported */
    PromptOrder promptOrder() {
        PromptOrder told = promptOrder == null ? null : PromptOrder.of(promptOrder);
        PromptOrder imported = imported(PromptOrder::of);
        if (told != null && imported != null && told != imported) {
            throw wrong("--prompt-order says " + told.id() + ", but " + basePackage + " was imported with "
                    + imported.id());
        }
        return told != null ? told : imported != null ? imported : PromptOrder.PAPER;
    }

    private <T> @Nullable T imported(Function<Manifest, T> what) {
        if (basePackage == null || tuning == Kind.FULL) {
            return null; // with full training a package is refused later, with what to do
        }
        try (ModelPackage known = ModelResolver.standard().open(basePackage)) {
            return what.apply(known.manifest());
        }
    }

    NumberType compute() {
        return compute;
    }

    boolean recompute() {
        return recompute;
    }

    String device() {
        return device;
    }

    @Nullable
    String basePackage() {
        return basePackage;
    }

    Precision precision() {
        return precision;
    }

    String name() {
        return name;
    }

    /** @return bytes to plan for; null for what is free */
    @Nullable
    Long memoryBytes() {
        return memory == null ? null : (long) (memory * GIB);
    }

    private String typedObjective() {
        return switch (objective) {
            case LEVELS -> ObjectiveKind.LEVELS.id();
            case SOFT -> ObjectiveKind.SOFT_LEVELS.id();
            case RANK -> ObjectiveKind.RANKING.id();
        };
    }

    /** What deviates from the defaults, as it was typed; files by their last name only. */
    String typed() {
        return (tuning == Kind.FULL ? " --tuning full" : "")
                + (parts == null ? "" : " --train-parts " + String.join(",", parts))
                + (targets.equals("default") ? "" : " --lora-targets " + targets)
                + (tuning == Kind.LORA
                        ? " --lora-rank " + rank + " --lora-alpha " + (alpha == null ? 2.0 * rank : alpha)
                                + " --lora-dropout " + dropout
                        : "")
                + " --compute " + compute.id()
                + (recompute ? "" : " --no-recompute")
                + " --rows-per-pass " + rows
                + " --objective " + typedObjective()
                + " --conversation " + dialogue.id()
                + (oneQuestion ? " --one-question" : "")
                + (like == null ? "" : " --like " + like)
                + (promptOrder == null ? "" : " --prompt-order " + promptOrder)
                + loop.entrySet().stream()
                        .map(setting -> " --loop " + setting.getKey() + "=" + setting.getValue())
                        .collect(Collectors.joining());
    }

    private static ScoringException wrong(String what) {
        return new ScoringException(ErrorReason.INVALID_REQUEST, what);
    }
}
