package org.loupe.training.score;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.loupe.export.small.ScoreHead;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Distortion;

/**
 * How one task's score head, a kernel machine on the rated pictures, is fitted.
 *
 * @param kernel of the machine
 * @param ridge variance of the ratings around what the kernel can tell, against that of the kernel
 * @param linearRidge the same of a linear part over all features of the kernel, each divided by the root of their number; 0 for none
 * @param offset variance of what all of a collection was rated higher or lower by, against that of the kernel; 0 where collections are alike
 * @param consistency weight of a difference between two sizes of one picture, against one between score and rating
 * @param damage what is learned from damaged pictures; null for nothing
 * @param rmseAllowance how much the error may grow, as a share, for scores that use the scale as ratings do
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record ScoreRecipe(
        @JsonProperty(required = true) Kernel kernel,
        @JsonProperty(required = true) double ridge,
        double linearRidge,
        double offset,
        double consistency,
        @Nullable Damage damage,
        @JsonProperty(required = true) double rmseAllowance) {

    public ScoreRecipe {
        if (!(ridge > 0) || !(rmseAllowance >= 0) || !(linearRidge >= 0) || !(offset >= 0) || !(consistency >= 0)) {
            throw invalid("scores need a ridge above 0, and nothing below 0");
        }
    }

    private static ScoringException invalid(String message) {
        return new ScoringException(ErrorReason.INVALID_REQUEST, message);
    }

    /**
     * With D the mean of the parts' squared distances, each over the number of its features: {@code exp(-gamma D)} for GAUSSIAN, {@code
     * exp(-gamma sqrt(D))} for LAPLACE. Features are standardised.
     *
     * @param gamma the larger, the narrower
     * @param parts those that find no feature are left out
     */
    public record Kernel(
            @JsonProperty(required = true) ScoreHead.Form form,
            @JsonProperty(required = true) double gamma,
            @JsonProperty(required = true) List<Part> parts) {
        public Kernel {
            parts = List.copyOf(parts);
            if (!(gamma > 0) || parts.isEmpty() || parts.stream().anyMatch(part -> !(part.share() > 0))) {
                throw invalid("a kernel needs a gamma above 0 and at least one part, each with a share above 0");
            }
        }
    }

    /**
     * @param features regular expression that finds their names
     * @param share how much the part counts in the mean
     */
    public record Part(
            @JsonProperty(required = true) String features,
            @JsonProperty(required = true) double share) {}

    /**
     * Pairs of a picture and a damaged copy of it.
     *
     * @param centres damaged pictures that are centres beside the rated ones
     * @param pairs learned from at full size, at most
     * @param reducedPairs learned from at reduced sizes, at most
     * @param margin by how many levels the better one should lie above
     * @param weight of the squared distance by which a pair misses its margin, against that of a rated picture
     * @param weights factors of that weight for some kinds of damage
     * @param rounds how often it is asked which pairs miss it
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    public record Damage(
            @JsonProperty(required = true) int centres,
            @JsonProperty(required = true) int pairs,
            @JsonProperty(required = true) int reducedPairs,
            @JsonProperty(required = true) double margin,
            @JsonProperty(required = true) double weight,
            @JsonProperty(required = true) Map<Distortion, Double> weights,
            @JsonProperty(required = true) int rounds) {
        public Damage {
            weights = Map.copyOf(weights);
            if (centres < 0 || pairs < 0 || reducedPairs < 0 || rounds < 1) {
                throw invalid("damage needs one round or more, and nothing below 0");
            }
        }

        double weight(Distortion type) {
            return weight * weights.getOrDefault(type, 1.0);
        }
    }
}
