package org.loupe.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
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
import org.loupe.training.onealign.NumberType;
import org.loupe.training.onealign.OneAlignLearner;
import org.loupe.training.onealign.Tuning;

/**
 * How a OneAlign checkpoint is trained, all told: the command line over a recipe over the shipped recipe of the method. What contradicts itself
 * is refused when it is asked for, before anything is loaded.
 */
final class OneAlignSettings {
    private final OneAlignRecipe recipe;
    private final OneAlignOptions options;
    private final String name;

    /**
     * @param typed what the command line says
     * @param given what the recipe says that it names, if any
     * @param options what is not in recipes
     * @param name of the adapter or package that is written
     * @throws ScoringException INVALID_REQUEST if command line and recipe name different methods
     */
    OneAlignSettings(OneAlignRecipe typed, OneAlignRecipe given, OneAlignOptions options, String name) {
        OneAlignRecipe.Method wanted = typed.tuning();
        if (wanted != null && given.tuning() != null && wanted != given.tuning()) {
            // The other keys of that recipe, learning rate and parts above all, were written for its method.
            throw wrong("--tuning " + wanted.id() + " contradicts the recipe, which says tuning: "
                    + given.tuning().id() + "; the settings of " + wanted.id() + " are --recipe " + wanted.recipe());
        }
        OneAlignRecipe said = typed.over(given);
        OneAlignRecipe.Method method = said.tuning() == null ? OneAlignRecipe.Method.LORA : said.tuning();
        this.recipe = said.over(OneAlignRecipe.read(method.recipe()));
        this.options = options;
        this.name = name;
    }

    Tuning tuning() {
        Set<Tuning.Part> whole = parts();
        if (full()) {
            if (!recipe.loraTargets().isEmpty()
                    || recipe.loraRank() != null
                    || recipe.loraAlpha() != null
                    || recipe.loraDropout() != null) {
                throw wrong("lora-targets, lora-rank, lora-alpha and lora-dropout go with --tuning lora");
            }
            return new Tuning(whole, null);
        }
        int rank = said(recipe.loraRank());
        double dropout = said(recipe.loraDropout());
        if (rank < 1 || !(dropout >= 0 && dropout < 1) || !(alpha() > 0)) {
            throw wrong("lora-rank is at least 1, lora-alpha above 0, lora-dropout 0 or more and below 1");
        }
        return new Tuning(
                whole,
                new Tuning.LowRank(
                        AdapterTargets.parse(String.join(",", recipe.loraTargets())), rank, alpha(), dropout));
    }

    private boolean full() {
        return recipe.tuning() == OneAlignRecipe.Method.FULL;
    }

    private double alpha() {
        return recipe.loraAlpha() == null ? 2.0 * said(recipe.loraRank()) : recipe.loraAlpha();
    }

    private Set<Tuning.Part> parts() {
        EnumSet<Tuning.Part> chosen = EnumSet.noneOf(Tuning.Part.class);
        for (String word : recipe.trainParts()) {
            if (!word.equals("none")) {
                try {
                    chosen.add(Tuning.Part.valueOf(word.strip().toUpperCase(Locale.ROOT)));
                } catch (IllegalArgumentException e) {
                    throw wrong("train-parts takes vision, abstractor, embeddings, decoder, head or none, not '" + word
                            + "'");
                }
            }
        }
        if (!full() && chosen.stream().anyMatch(part -> part != Tuning.Part.ABSTRACTOR)) {
            throw wrong("with --tuning lora the abstractor alone can learn as a whole: an adapter brings nothing else;"
                    + " --tuning full takes other parts");
        }
        return chosen;
    }

    /** @throws ScoringException INVALID_REQUEST for a key or value the loop does not know */
    LoopConfig loop() {
        return LoopConfig.DEFAULT.with(new ObjectMapper().<ObjectNode>valueToTree(recipe.loop()));
    }

    OneAlignLearner.Teaching teaching() {
        int rows = rowsPerPass();
        OneAlignLearner.Objective objective =
                switch (said(recipe.objective())) {
                    case LEVELS -> OneAlignLearner.Objective.LEVELS;
                    case SOFT_LEVELS -> OneAlignLearner.Objective.SOFT;
                    case RANKING -> OneAlignLearner.Objective.RANK;
                    case REGRESSION, POLICY ->
                        throw wrong("OneAlign learns levels, soft-levels or ranking, not "
                                + said(recipe.objective()).id());
                };
        return new OneAlignLearner.Teaching(
                objective, said(recipe.conversation()), !said(recipe.oneQuestion()), rows, promptOrder());
    }

    private int rowsPerPass() {
        int rows = said(recipe.rowsPerPass());
        if (rows < 1) {
            throw wrong("rows-per-pass is at least 1, was " + rows);
        }
        return rows;
    }

    /** @throws ScoringException INVALID_REQUEST if it is not what {@code --package} was imported as */
    ModelFamily family() {
        ModelFamily told = recipe.like() == null ? null : ModelFamily.of(recipe.like());
        ModelFamily imported = imported(ModelFamily::of);
        if (told != null && imported != null && told != imported) {
            throw wrong("--like says " + told.id() + ", but " + basePackage() + " was imported as " + imported.id());
        }
        return told != null ? told : imported != null ? imported : ModelFamily.ONE_ALIGN;
    }

    /** @throws ScoringException INVALID_REQUEST if it is not how {@code --package} was imported */
    PromptOrder promptOrder() {
        PromptOrder told = recipe.promptOrder() == null ? null : PromptOrder.of(recipe.promptOrder());
        PromptOrder imported = imported(PromptOrder::of);
        if (told != null && imported != null && told != imported) {
            throw wrong("--prompt-order says " + told.id() + ", but " + basePackage() + " was imported with "
                    + imported.id());
        }
        return told != null ? told : imported != null ? imported : PromptOrder.PAPER;
    }

    private <T> @Nullable T imported(Function<Manifest, T> what) {
        String reference = basePackage();
        if (reference == null || full()) {
            return null; // with full training a package is refused later, with what to do
        }
        try (ModelPackage known = ModelResolver.standard().open(reference)) {
            return what.apply(known.manifest());
        }
    }

    NumberType compute() {
        return said(recipe.compute());
    }

    boolean recompute() {
        return said(recipe.recompute());
    }

    String device() {
        return options.device();
    }

    @Nullable
    String basePackage() {
        return options.basePackage();
    }

    Precision precision() {
        return options.precision();
    }

    String name() {
        return name;
    }

    /** @return every setting as a recipe would say it, the loop's defaults included; where files lie is left out */
    ObjectNode toJson() {
        ObjectNode all = new ObjectMapper()
                .valueToTree(
                        recipe.with(recipe.data() == null ? null : recipe.data().withoutPlaces()));
        if (!full()) {
            all.put("lora-alpha", alpha());
        }
        all.set("loop", loop().toJson());
        return all;
    }

    /** @return every setting that is not the loop's default, as options that would give it without the recipe */
    String typed() {
        return " --tuning " + said(recipe.tuning()).id()
                + " --train-parts " + String.join(",", recipe.trainParts())
                + (full()
                        ? ""
                        : " --lora-targets " + String.join(",", recipe.loraTargets())
                                + " --lora-rank " + recipe.loraRank()
                                + " --lora-alpha " + alpha()
                                + " --lora-dropout " + recipe.loraDropout())
                + " --compute " + compute().id()
                + (recompute() ? " --recompute" : " --no-recompute")
                + " --rows-per-pass " + rowsPerPass()
                + " --objective " + said(recipe.objective()).id()
                + " --conversation " + said(recipe.conversation()).id()
                + (said(recipe.oneQuestion()) ? " --one-question" : " --no-one-question")
                + (recipe.like() == null ? "" : " --like " + recipe.like())
                + (recipe.promptOrder() == null ? "" : " --prompt-order " + recipe.promptOrder())
                + recipe.loop().entrySet().stream()
                        .map(OneAlignSettings::option)
                        .collect(Collectors.joining());
    }

    private static String option(Map.Entry<String, Object> setting) {
        return " --loop " + setting.getKey() + "=" + setting.getValue();
    }

    /** The shipped recipes say all that is asked for here. */
    private static <T> T said(@Nullable T value) {
        return Objects.requireNonNull(value, "the shipped recipe leaves something open");
    }

    private static ScoringException wrong(String what) {
        return new ScoringException(ErrorReason.INVALID_REQUEST, what);
    }
}
