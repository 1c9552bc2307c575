package org.loupe.training.head;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import org.jspecify.annotations.Nullable;

/**
 * How one task's heads are fitted.
 *
 * @param levels how a rating becomes levels
 * @param correlationWeight weight of 1 - Pearson correlation over the batch
 * @param rankingWeight weight of the ranking term on pairs of a picture and its damaged copy
 * @param consistencyWeight weight of the squared difference between two sizes of one picture
 * @param rankingPairs pairs drawn a step
 * @param fullSizeShare share of steps that see a picture at full size; the rest see its reductions
 * @param withoutFeatures regular expression of feature names this task does not look at; null keeps all
 * @param hidden hidden units
 * @param dropoutIn share of inputs dropped
 * @param dropoutHidden share of hidden units dropped
 * @param learningRate AdamW's peak rate, falls to 0 along a cosine
 * @param weightDecay decoupled
 * @param batch pictures a step
 * @param epochs passes over the pictures
 * @param heads networks trained from different seeds; their logits are averaged
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record HeadRecipe(
        @JsonProperty(required = true) Levels levels,
        @JsonProperty(required = true) double correlationWeight,
        @JsonProperty(required = true) double rankingWeight,
        @JsonProperty(required = true) double consistencyWeight,
        @JsonProperty(required = true) int rankingPairs,
        @JsonProperty(required = true) double fullSizeShare,
        @Nullable String withoutFeatures,
        @JsonProperty(required = true) int hidden,
        @JsonProperty(required = true) double dropoutIn,
        @JsonProperty(required = true) double dropoutHidden,
        @JsonProperty(required = true) double learningRate,
        @JsonProperty(required = true) double weightDecay,
        @JsonProperty(required = true) int batch,
        @JsonProperty(required = true) int epochs,
        @JsonProperty(required = true) int heads) {

    /** How a rating becomes a distribution over the five levels. */
    public enum Levels {
        /** Shared between the two neighbouring levels. */
        @JsonProperty("soft")
        SOFT,
        /** One of five equal bins. */
        @JsonProperty("discrete")
        DISCRETE
    }
}
