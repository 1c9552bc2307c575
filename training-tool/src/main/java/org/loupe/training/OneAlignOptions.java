package org.loupe.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.loupe.export.Precision;
import org.loupe.training.objective.ObjectiveKind;
import org.loupe.training.onealign.NumberType;
import org.loupe.training.onealign.text.Dialogue;
import picocli.CommandLine;

/**
 * What {@code train} takes for a OneAlign checkpoint. The first half may stand in a recipe as well, see {@link OneAlignRecipe}; where it runs and
 * what becomes of it is said on the command line only.
 */
final class OneAlignOptions {
    @CommandLine.Option(
            names = "--tuning",
            paramLabel = "lora|full",
            description = "low-rank terms and the abstractor, or everything (default: lora)")
    private OneAlignRecipe.@Nullable Method tuning;

    @CommandLine.Option(
            names = "--train-parts",
            split = ",",
            paramLabel = "LIST",
            description =
                    "parts that learn as a whole, of vision, abstractor, embeddings, decoder, head, or none; the others are"
                            + " frozen (default: abstractor with lora, all with full)")
    private List<String> parts = List.of();

    @CommandLine.Option(
            names = "--lora-targets",
            split = ",",
            paramLabel = "LIST",
            description = "modules of the decoder that get low-rank terms, as in model import --adapter-targets"
                    + " (default: the reference's, written `default`)")
    private List<String> targets = List.of();

    @CommandLine.Option(names = "--lora-rank", paramLabel = "R", description = "r (default: 128)")
    private @Nullable Integer rank;

    @CommandLine.Option(
            names = "--lora-alpha",
            paramLabel = "X",
            description = "a term counts alpha / r (default: twice the rank)")
    private @Nullable Double alpha;

    @CommandLine.Option(
            names = "--lora-dropout",
            paramLabel = "P",
            description = "share of inputs dropped (default: 0.05)")
    private @Nullable Double dropout;

    @CommandLine.Option(
            names = "--compute",
            paramLabel = "fp32|bf16",
            description = "numbers the network computes in and frozen weights are kept in (default: bf16)")
    private @Nullable NumberType compute;

    @CommandLine.Option(
            names = "--recompute",
            negatable = true,
            fallbackValue = "true",
            description =
                    "compute the inside of layers again in the backward pass instead of keeping it (default: yes)")
    private @Nullable Boolean recompute;

    @CommandLine.Option(
            names = "--rows-per-pass",
            paramLabel = "N",
            description = "media that go through the network together; gradients of a batch's passes add up"
                    + " (default: 1)")
    private @Nullable Integer rows;

    @CommandLine.Option(
            names = "--conversation",
            paramLabel = "v1|mplug_owl2",
            description = "with the reference's system prompt or without (default: v1)")
    private @Nullable Dialogue dialogue;

    @CommandLine.Option(
            names = "--one-question",
            negatable = true,
            fallbackValue = "true",
            description = "always ask the question that is asked when scoring, rather than one of the reference's nine"
                    + " (default: no)")
    private @Nullable Boolean oneQuestion;

    @CommandLine.Option(
            names = "--like",
            paramLabel = "one-align|deqa-score",
            description =
                    "what the base was trained to answer, as in model import; deqa-score rates the quality of photos only."
                            + " Its files do not tell (default: what --package was imported as, or one-align)")
    private @Nullable String like;

    @CommandLine.Option(
            names = "--prompt-order",
            paramLabel = "paper|score-method",
            description = "how the answer begins in the package that is written, as in model import"
                    + " (default: as --package has it, or paper)")
    private @Nullable String promptOrder;

    @CommandLine.Option(
            names = "--loop",
            paramLabel = "KEY=VALUE",
            description =
                    "a setting of the loop, several times: epochs, batch, accumulation, learning-rate, warm-up, schedule,"
                            + " weight-decay, clip, evaluate-every, patience, keep-best, checkpoint-every, threads, ... (default: the reference's)")
    private Map<String, String> loop = new LinkedHashMap<>();

    @CommandLine.Option(
            names = "--train-device",
            paramLabel = "cpu|cuda[:N]",
            description = "where it is trained (default: cpu)")
    private String device = "cpu";

    @CommandLine.Option(
            names = "--package",
            paramLabel = "REF",
            description =
                    "the model package that was imported from the base with --adapter-targets; what was learned becomes an"
                            + " adapter for it. Without it the whole network is written as a package")
    private @Nullable String basePackage;

    @CommandLine.Option(
            names = "--precision",
            paramLabel = "fp32|fp16|int8|int4",
            description = "of the package that is written without --package (default: fp32)")
    private Precision precision = Precision.FP32;

    /**
     * @param objective what {@code --objective} says, an option the small model has too
     * @param seed what {@code --seed} says, likewise
     * @return what was typed of what a recipe may say
     */
    OneAlignRecipe typed(@Nullable ObjectiveKind objective, @Nullable Long seed) {
        Map<String, Object> keys = new LinkedHashMap<>();
        loop.forEach((key, text) -> keys.put(key, value(text)));
        if (seed != null) {
            keys.put("seed", seed);
        }
        return new OneAlignRecipe(
                tuning,
                parts,
                targets,
                rank,
                alpha,
                dropout,
                compute,
                recompute,
                rows,
                objective,
                dialogue,
                oneQuestion,
                like,
                promptOrder,
                keys,
                null);
    }

    private static Object value(String text) {
        if (text.matches("-?\\d{1,18}")) {
            return Long.parseLong(text);
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return text;
        }
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
}
