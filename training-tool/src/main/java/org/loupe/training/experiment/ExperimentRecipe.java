package org.loupe.training.experiment;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.CrossValidation;
import org.loupe.training.head.HeadRecipe;
import org.loupe.training.loop.LoopConfig;
import org.loupe.training.objective.ObjectiveKind;
import org.loupe.training.recipe.RecipeFile;

/**
 * One experiment.
 *
 * @param name as on the command line
 * @param title for the page
 * @param question what is to be found out, and how
 * @param kind which way it is measured
 * @param folds how cross-validation divides the pictures, as in a recipe of {@code train}; where no fixed division names them, every
 *     seed deals them anew. Five dealt folds unless given
 * @param fit how heads are fitted, by task, in the words of a training recipe; arms without an objective of their own take its. One
 *     head is fitted; terms on damaged copies and on sizes have nothing to work on here and are refused
 * @param arms what is compared; the first is what others are held against unless they say otherwise
 * @param published figures of others to stand beside ours, by data set
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record ExperimentRecipe(
        @JsonProperty(required = true) String name,
        @JsonProperty(required = true) String title,
        @JsonProperty(required = true) String question,
        @JsonProperty(required = true) Kind kind,
        CrossValidation folds,
        Map<String, HeadRecipe> fit,
        List<Arm> arms,
        @Nullable Published published) {
    /** In the order in which they should be read. */
    static final List<String> SHIPPED = List.of(
            "single-set",
            "cross-set",
            "unified",
            "objectives",
            "level-count",
            "level-borders",
            "human-raters",
            "one-align-published");

    private static final CrossValidation FOLDS = new CrossValidation(5, 1, null);

    /** What a recipe leaves out arrives as null. */
    ExperimentRecipe {
        folds = folds == null ? FOLDS : folds;
        fit = fit == null ? Map.of() : Map.copyOf(fit);
        arms = arms == null ? List.of() : List.copyOf(arms);
    }

    /**
     * @param reference a file, or the name of a shipped recipe
     * @throws ScoringException INVALID_REQUEST if it cannot be found or understood
     */
    static ExperimentRecipe read(String reference) {
        ExperimentRecipe recipe = RecipeFile.read(
                        reference, new RecipeFile.Shipped("experiments", SHIPPED), ExperimentRecipe.class)
                .recipe();
        recipe.check();
        return recipe;
    }

    private void check() {
        List<String> wrong = new ArrayList<>();
        if (kind == Kind.PUBLISHED ? published == null : arms.isEmpty()) {
            wrong.add(kind == Kind.PUBLISHED ? "there are no published figures to stand beside" : "there are no arms");
        }
        if ((kind == Kind.CROSS || kind == Kind.PEOPLE) && arms.size() > 1) {
            wrong.add("an experiment of this kind has exactly one arm, not " + arms.size());
        }
        for (Arm arm : arms) {
            if (arm.against() != null
                    && arms.stream().noneMatch(other -> other.name().equals(arm.against()))) {
                wrong.add("'" + arm.name() + "' is held against '" + arm.against() + "', which is no arm");
            }
        }
        fit.forEach((task, heads) -> {
            if (heads.rankingWeight() > 0
                    || heads.consistencyWeight() > 0
                    || heads.watchShare() > 0
                    || heads.heads() > 1) {
                wrong.add("fit of " + task
                        + ": damaged copies, sizes, stopping early and several heads take no part in an"
                        + " experiment; leave out ranking-weight, consistency-weight, watch-share and heads");
            }
        });
        if (!wrong.isEmpty()) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, "recipe " + name + ": " + String.join("; ", wrong));
        }
    }

    /**
     * @return how the heads of a task are fitted by an arm
     * @throws ScoringException INVALID_REQUEST if the recipe does not say
     */
    HeadRecipe heads(Arm arm, Task task) {
        HeadRecipe said = fit.get(task.id());
        if (said == null) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    name + " does not say how to fit " + task.id() + ": add " + task.id() + " below fit");
        }
        return arm.over(said);
    }

    enum Kind {
        /** Every arm cross-validated on every set. */
        ARMS,
        /** The only arm learned on each set and measured on each. */
        CROSS,
        /** The only arm cross-validated on sets with votes, beside single people. */
        PEOPLE,
        /** A finished model measured on each set, beside published figures. */
        PUBLISHED
    }

    /**
     * What differs between two ways to learn; everything else stands in {@link #fit}.
     *
     * @param name for the table
     * @param objective what is minimised; the fit's unless given
     * @param levels how many; the fit's unless given
     * @param mapping from ratings to levels; the fit's unless given
     * @param correlationWeight of 1 - Pearson correlation over the batch, beside the objective; the fit's unless given
     * @param withoutFeatures regular expression of inputs this arm does not look at; the fit's unless given
     * @param epochs how long it learns; the fit's unless given
     * @param own share of the set's own training pictures that is learned from; 1 unless given
     * @param others pictures of the other task that are learned from as well, as a share of all own training pictures, learned from or not: 0 none, which is
     *     what is meant unless given; 1 as many; 100 in practice all
     * @param against the arm it is compared with; the first unless given
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Arm(
            @JsonProperty(required = true) String name,
            @Nullable ObjectiveKind objective,
            @Nullable Integer levels,
            HeadRecipe.@Nullable Mapping mapping,
            @Nullable Double correlationWeight,
            @Nullable String withoutFeatures,
            @Nullable Integer epochs,
            double own,
            double others,
            @Nullable String against) {

        /** What a recipe leaves out arrives as null or 0. */
        Arm {
            own = own == 0 ? 1 : own;
        }

        /** @return how this arm's heads are fitted */
        HeadRecipe over(HeadRecipe fit) {
            LoopConfig loop = epochs == null ? null : fit.loop().with("epochs", epochs);
            HeadRecipe mine = fit.with(objective, levels, mapping, loop);
            mine = correlationWeight == null ? mine : mine.with("correlation-weight", correlationWeight);
            return withoutFeatures == null ? mine : mine.with("without-features", withoutFeatures);
        }
    }

    /**
     * @param source where the figures stand
     * @param model whose figures they are
     * @param sets by the name a set is given on the command line
     */
    record Published(
            @JsonProperty(required = true) String source,
            @JsonProperty(required = true) String model,
            @JsonProperty(required = true) Map<String, Figures> sets) {
        /**
         * @param note what was measured, where the name does not say it
         */
        @JsonInclude(JsonInclude.Include.NON_NULL)
        record Figures(
                @JsonProperty(required = true) double srcc,
                @JsonProperty(required = true) double plcc,
                @Nullable String note) {}
    }
}
