package org.loupe.training;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ScoringException;
import org.loupe.training.objective.ObjectiveKind;
import org.loupe.training.onealign.NumberType;
import org.loupe.training.onealign.text.Dialogue;
import org.loupe.training.recipe.DataSection;
import org.loupe.training.recipe.RecipeFile;

/**
 * How a OneAlign checkpoint is trained, as far as a file or a command line says it. Keys are named like the options of {@code train}, without
 * dashes; what nobody says stands in the recipe that is shipped for the method. null and empty stand for what is not said. Immutable.
 *
 * @param tuning the method
 * @param trainParts parts that learn as a whole, or none
 * @param loraTargets modules with low-rank terms, as {@code model import --adapter-targets} takes them
 * @param loraRank r
 * @param loraAlpha a term counts alpha / r; twice the rank where nothing says it
 * @param loraDropout share of inputs dropped, 0 inclusive to 1 exclusive
 * @param compute numbers the network computes in
 * @param recompute whether the inside of layers is computed again in the backward pass
 * @param rowsPerPass media that go through the network together
 * @param objective levels, soft-levels or ranking
 * @param conversation how question and answer are put together
 * @param oneQuestion whether the question of scoring is the only one asked
 * @param like family of the base; null for what the package says, or one-align
 * @param promptOrder how the package's answer begins; null for what the package says, or paper
 * @param loop keys of the loop
 * @param data what is learned from
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record OneAlignRecipe(
        @Nullable Method tuning,

        @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
        List<String> trainParts,

        @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
        List<String> loraTargets,

        @Nullable Integer loraRank,
        @Nullable Double loraAlpha,
        @Nullable Double loraDropout,
        @Nullable NumberType compute,
        @Nullable Boolean recompute,
        @Nullable Integer rowsPerPass,
        @Nullable ObjectiveKind objective,
        @Nullable Dialogue conversation,
        @Nullable Boolean oneQuestion,
        @Nullable String like,
        @Nullable String promptOrder,
        Map<String, Object> loop,
        @Nullable DataSection data) {

    /** Says nothing. */
    static final OneAlignRecipe NOTHING = new OneAlignRecipe(
            null, List.of(), List.of(), null, null, null, null, null, null, null, null, null, null, null, Map.of(),
            null);

    private static final RecipeFile.Shipped SHIPPED =
            new RecipeFile.Shipped("recipes", List.of(Method.LORA.recipe(), Method.FULL.recipe()));

    /** The two ways to train. */
    enum Method {
        /** Low-rank terms beside frozen matrices, and the abstractor. */
        LORA,
        /** Whole parts of the network. */
        FULL;

        /** @return the name in recipes and on the command line */
        @JsonValue
        String id() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @return the shipped recipe with the reference's settings */
        String recipe() {
            return "one-align-" + id();
        }
    }

    /** What a recipe leaves out arrives as null. */
    OneAlignRecipe {
        trainParts = trainParts == null ? List.of() : List.copyOf(trainParts);
        loraTargets = loraTargets == null ? List.of() : List.copyOf(loraTargets);
        loop = loop == null ? Map.of() : new LinkedHashMap<>(loop);
    }

    /** @return whether a recipe of that name is shipped for OneAlign */
    static boolean isShipped(String name) {
        return SHIPPED.names().contains(name);
    }

    /**
     * @param reference a file, or the name of a shipped recipe
     * @return what it says; the paths of its data are absolute
     * @throws ScoringException INVALID_REQUEST if it cannot be found or understood, with the line
     */
    static OneAlignRecipe read(String reference) {
        RecipeFile<OneAlignRecipe> read = RecipeFile.read(reference, SHIPPED, OneAlignRecipe.class);
        OneAlignRecipe recipe = read.recipe();
        return recipe.data == null || read.directory() == null
                ? recipe
                : recipe.with(recipe.data.from(read.directory()));
    }

    /** The same with other data. */
    OneAlignRecipe with(@Nullable DataSection other) {
        return new OneAlignRecipe(
                tuning,
                trainParts,
                loraTargets,
                loraRank,
                loraAlpha,
                loraDropout,
                compute,
                recompute,
                rowsPerPass,
                objective,
                conversation,
                oneQuestion,
                like,
                promptOrder,
                loop,
                other);
    }

    /** @return this, and where it says nothing, what another says; key by key in the loop too */
    OneAlignRecipe over(OneAlignRecipe other) {
        Map<String, Object> both = new LinkedHashMap<>(other.loop);
        both.putAll(loop);
        return new OneAlignRecipe(
                first(tuning, other.tuning),
                trainParts.isEmpty() ? other.trainParts : trainParts,
                loraTargets.isEmpty() ? other.loraTargets : loraTargets,
                first(loraRank, other.loraRank),
                first(loraAlpha, other.loraAlpha),
                first(loraDropout, other.loraDropout),
                first(compute, other.compute),
                first(recompute, other.recompute),
                first(rowsPerPass, other.rowsPerPass),
                first(objective, other.objective),
                first(conversation, other.conversation),
                first(oneQuestion, other.oneQuestion),
                first(like, other.like),
                first(promptOrder, other.promptOrder),
                both,
                first(data, other.data));
    }

    private static <T> @Nullable T first(@Nullable T one, @Nullable T other) {
        return one == null ? other : one;
    }
}
