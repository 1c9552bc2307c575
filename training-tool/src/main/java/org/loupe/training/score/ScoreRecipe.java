package org.loupe.training.score;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * How one task's score head is fitted: a kernel machine on the rated pictures, and level heads that correct it.
 *
 * @param kernels their weighted sum is the kernel; those that find no feature are left out
 * @param ridge variance of the ratings around what the kernel can tell, where the kernel's weights are variances too
 * @param linearRidge the same of a linear part over all features of the kernels, each divided by the root of their number; null for none
 * @param damage what the kernel machine itself learns from damaged pictures; null for nothing
 * @param restraint weight of the squared correction of rated pictures; null where nothing corrects the kernel machine
 * @param rmseAllowance how much the error may grow, as a share, for scores that use the scale as ratings do
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record ScoreRecipe(
        @JsonProperty(required = true) List<Part> kernels,
        @JsonProperty(required = true) double ridge,
        @Nullable Double linearRidge,
        @Nullable Damage damage,
        @Nullable Double restraint,
        @JsonProperty(required = true) double rmseAllowance) {

    public ScoreRecipe {
        kernels = List.copyOf(kernels);
        if (kernels.isEmpty()
                || !(ridge > 0)
                || !(rmseAllowance >= 0)
                || kernels.stream().anyMatch(k -> !(k.gamma() > 0) || !(k.weight() > 0))) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "scores need at least one kernel, gamma, weight and ridge above 0 and an rmse-allowance of 0 or more");
        }
    }

    /**
     * Pairs of a picture and a damaged copy of it.
     *
     * @param centres damaged pictures that are centres beside the rated ones
     * @param pairs learned from, at most
     * @param margin by how many levels the better one should lie above
     * @param weight of the squared distance by which a pair misses its margin, against that of a rated picture
     * @param rounds how often it is asked which pairs miss it
     */
    public record Damage(
            @JsonProperty(required = true) int centres,
            @JsonProperty(required = true) int pairs,
            @JsonProperty(required = true) double margin,
            @JsonProperty(required = true) double weight,
            @JsonProperty(required = true) int rounds) {}

    /**
     * One kernel: {@code weight exp(-gamma / n |x - z|^2)} over n standardised features.
     *
     * @param features regular expression that finds their names
     * @param gamma the larger, the narrower
     * @param weight in the sum
     */
    public record Part(
            @JsonProperty(required = true) String features,
            @JsonProperty(required = true) double gamma,
            @JsonProperty(required = true) double weight) {}
}
