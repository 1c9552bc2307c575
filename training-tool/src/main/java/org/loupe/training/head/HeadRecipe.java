package org.loupe.training.head;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.loop.LoopConfig;
import org.loupe.training.objective.LevelScale;
import org.loupe.training.objective.ObjectiveKind;

/**
 * How one task's heads are fitted.
 *
 * @param objective what is minimised; soft-levels where a recipe does not say
 * @param levels 3, 5, 7 or 9; 5 where a recipe does not say. Objectives of one number ignore it
 * @param mapping from ratings to levels; equidistant where a recipe does not say
 * @param correlationWeight weight of 1 - Pearson correlation over the batch, besides the objective
 * @param rankingWeight weight of the ranking term on pairs of a picture and its damaged copy
 * @param consistencyWeight weight of the squared difference between two sizes of one picture
 * @param rankingPairs pairs drawn a step
 * @param fullSizeShare share of steps that see a picture at full size; the rest see its reductions
 * @param withoutFeatures regular expression of feature names this task does not look at; null keeps all
 * @param hidden hidden units
 * @param dropoutIn share of inputs dropped
 * @param dropoutHidden share of hidden units dropped
 * @param loop how long and how fast; its seed is replaced by the run's
 * @param heads networks trained from different seeds; their probabilities are averaged
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record HeadRecipe(
        @Nullable ObjectiveKind objective,
        @Nullable Integer levels,
        @Nullable Mapping mapping,
        @JsonProperty(required = true) double correlationWeight,
        @JsonProperty(required = true) double rankingWeight,
        @JsonProperty(required = true) double consistencyWeight,
        @JsonProperty(required = true) int rankingPairs,
        @JsonProperty(required = true) double fullSizeShare,
        @Nullable String withoutFeatures,
        @JsonProperty(required = true) int hidden,
        @JsonProperty(required = true) double dropoutIn,
        @JsonProperty(required = true) double dropoutHidden,
        @JsonProperty(required = true) LoopConfig loop,
        @JsonProperty(required = true) int heads) {

    private static final int LEVELS = 5;

    /** How ratings are divided among levels. */
    public enum Mapping {
        /** Equal intervals of the scale. */
        @JsonProperty("equidistant")
        EQUIDISTANT,
        /** Intervals with equally many of the ratings learned from. */
        @JsonProperty("quantile")
        QUANTILE
    }

    public HeadRecipe {
        if ((levels != null && !LevelScale.COUNTS.contains(levels)) || heads < 1 || hidden < 1) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "a recipe needs 3, 5, 7 or 9 levels, one head or more and one hidden unit or more");
        }
    }

    @Override
    public ObjectiveKind objective() {
        return objective == null ? ObjectiveKind.SOFT_LEVELS : objective;
    }

    @Override
    public Integer levels() {
        return levels == null ? LEVELS : levels;
    }

    @Override
    public Mapping mapping() {
        return mapping == null ? Mapping.EQUIDISTANT : mapping;
    }

    /** @param ratings learned from, 1..5; only quantile mapping looks at them */
    public LevelScale scale(double[] ratings) {
        return mapping() == Mapping.QUANTILE && !objective().single()
                ? LevelScale.quantile(levels(), ratings)
                : LevelScale.equidistant(levels());
    }

    /** @return whether one model can hold heads of both recipes: its levels are the same for all tasks */
    public boolean sharesLevelsWith(HeadRecipe other) {
        return objective().single()
                ? other.objective().single()
                : !other.objective().single() && levels().equals(other.levels()) && mapping() == other.mapping();
    }

    /** The same with another objective, scale or loop; null keeps what there is. */
    public HeadRecipe with(
            @Nullable ObjectiveKind otherObjective,
            @Nullable Integer otherLevels,
            @Nullable Mapping otherMapping,
            @Nullable LoopConfig otherLoop) {
        return new HeadRecipe(
                otherObjective == null ? objective : otherObjective,
                otherLevels == null ? levels : otherLevels,
                otherMapping == null ? mapping : otherMapping,
                correlationWeight,
                rankingWeight,
                consistencyWeight,
                rankingPairs,
                fullSizeShare,
                withoutFeatures,
                hidden,
                dropoutIn,
                dropoutHidden,
                otherLoop == null ? loop : otherLoop,
                heads);
    }
}
