package org.loupe.training.score;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.loupe.export.small.ScoreHead;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Distortion;

/**
 * How one task's score head is fitted: a kernel machine on the rated pictures, and what corrects it.
 *
 * @param kernel of the machine
 * @param ridge variance of the ratings around what the kernel can tell, against that of the kernel
 * @param offset variance of what all of a collection was rated higher or lower by, against that of the kernel; 0 where collections are alike
 * @param correction what is learned from damaged pictures and other sizes; null for nothing
 * @param rmseAllowance how much the error may grow, as a share, for scores that use the scale as ratings do
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record ScoreRecipe(
        @JsonProperty(required = true) Kernel kernel,
        @JsonProperty(required = true) double ridge,
        double offset,
        @Nullable Correction correction,
        @JsonProperty(required = true) double rmseAllowance) {

    public ScoreRecipe {
        if (!(ridge > 0) || !(rmseAllowance >= 0) || !(offset >= 0)) {
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
            @JsonProperty(required = true) double share) {

        /**
         * @param names of all features
         * @return which of them it looks at, rising; may be none
         */
        public int[] columns(List<String> names) {
            Pattern wanted = Pattern.compile(features);
            return IntStream.range(0, names.size())
                    .filter(i -> wanted.matcher(names.get(i)).find())
                    .toArray();
        }
    }

    /**
     * A second kernel machine, on damaged pictures and with a linear part, is added to the first. It is told what the first misses of each rated
     * picture that it was not told of, so it cannot learn by heart, and that a damaged copy lies below its original.
     *
     * @param form of its kernel, whose parts are the first one's
     * @param gamma likewise
     * @param centres damaged pictures, at most
     * @param ridge as that of the first
     * @param linearRidge the same of the linear part, over all features of the kernel, each divided by the root of their number; 0 for no linear
     *     part
     * @param sizes share of each other size of a rated picture, against the picture itself
     * @param consistency weight of a difference between two sizes of one picture, against one between score and rating
     * @param pairs of a picture and a damaged copy learned from at full size, at most
     * @param reducedPairs the same at reduced sizes
     * @param margin by how many levels the better one should lie above
     * @param weight of the squared distance by which a pair misses its margin, against that of a rated picture
     * @param weights factors of that weight for some kinds of damage
     * @param rounds how often it is asked which pairs miss it
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    public record Correction(
            @JsonProperty(required = true) ScoreHead.Form form,
            @JsonProperty(required = true) double gamma,
            @JsonProperty(required = true) int centres,
            @JsonProperty(required = true) double ridge,
            @JsonProperty(required = true) double linearRidge,
            @JsonProperty(required = true) double sizes,
            @JsonProperty(required = true) double consistency,
            @JsonProperty(required = true) int pairs,
            @JsonProperty(required = true) int reducedPairs,
            @JsonProperty(required = true) double margin,
            @JsonProperty(required = true) double weight,
            @JsonProperty(required = true) Map<Distortion, Double> weights,
            @JsonProperty(required = true) int rounds) {
        public Correction {
            weights = Map.copyOf(weights);
            boolean right = centres >= 1
                    && pairs >= 0
                    && reducedPairs >= 0
                    && rounds >= 1
                    && gamma > 0
                    && ridge > 0
                    && linearRidge >= 0
                    && sizes >= 0
                    && consistency >= 0
                    && margin >= 0
                    && weight >= 0
                    && weights.values().stream().allMatch(factor -> factor >= 0);
            if (!right) {
                throw invalid(
                        "a correction needs a centre and a round or more, gamma and ridge above 0, and nothing below 0");
            }
        }

        double weight(Distortion type) {
            return weight * weights.getOrDefault(type, 1.0);
        }
    }
}
