package org.loupe.training.head;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
 * @param correlationWeight weight of 1 - Pearson correlation over the batch, besides the objective; 0 where a recipe does not say
 * @param rankingWeight weight of the ranking term on pairs of a picture and its damaged copy; 0 where a recipe does not say
 * @param consistencyWeight weight of the squared difference between two sizes of one picture; 0 where a recipe does not say
 * @param rankingPairs pairs drawn a step; 0 where a recipe does not say
 * @param fullSizeShare share of steps that see a picture at full size, the rest see its reductions; 1 where a recipe does not say
 * @param withoutFeatures regular expression of feature names this task does not look at; null keeps all
 * @param hidden hidden units
 * @param dropoutIn share of inputs dropped
 * @param dropoutHidden share of hidden units dropped
 * @param loop how long and how fast; its seed is replaced by the run's, and {@code patience} and {@code keep-best} count only with a
 *     watch share
 * @param watchShare share of the pictures that a head does not learn from, to choose its weights on, look-alikes and themes together as in
 *     folds: {@code loop} may then stop early and ends with the best. Each head of an ensemble sets others aside. 0 where a recipe does not say: all are learned from, to the last step
 * @param heads networks trained from different seeds, whose probabilities are averaged; 1 where a recipe does not say
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record HeadRecipe(
        @Nullable ObjectiveKind objective,
        @Nullable Integer levels,
        @Nullable Mapping mapping,
        double correlationWeight,
        double rankingWeight,
        double consistencyWeight,
        int rankingPairs,
        @Nullable Double fullSizeShare,
        @Nullable String withoutFeatures,
        @JsonProperty(required = true) int hidden,
        @JsonProperty(required = true) double dropoutIn,
        @JsonProperty(required = true) double dropoutHidden,
        @JsonProperty(required = true) LoopConfig loop,
        double watchShare,
        @Nullable Integer heads) {

    private static final int LEVELS = 5;
    private static final double LARGEST_WATCH_SHARE = 0.5;

    /** How ratings are divided among levels, and what a level is worth. */
    public enum Mapping {
        /** Equal intervals of the scale, equal steps. */
        @JsonProperty("equidistant")
        EQUIDISTANT,
        /** Equal intervals of the scale; a level is worth the mean of its ratings. */
        @JsonProperty("equidistant-means")
        EQUIDISTANT_MEANS,
        /** Intervals with equally many of the ratings learned from; a level is worth the mean of its ratings. */
        @JsonProperty("quantile")
        QUANTILE,
        /** Intervals with equally many of the ratings learned from, equal steps: to compare with, not to train with. */
        @JsonProperty("quantile-steps")
        QUANTILE_STEPS;

        /** @return the name in recipes and on the command line */
        public String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** @throws ScoringException INVALID_REQUEST naming all there are */
        public static Mapping of(String id) {
            return Arrays.stream(values())
                    .filter(mapping -> mapping.id().equals(id))
                    .findFirst()
                    .orElseThrow(() -> new ScoringException(
                            ErrorReason.INVALID_REQUEST,
                            "there is no mapping " + id + "; choose "
                                    + Arrays.stream(values()).map(Mapping::id).collect(Collectors.joining(", "))));
        }
    }

    public HeadRecipe {
        if ((levels != null && !LevelScale.COUNTS.contains(levels)) || (heads != null && heads < 1) || hidden < 1) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "a recipe needs 3, 5, 7 or 9 levels, one head or more and one hidden unit or more");
        }
        if (!(watchShare >= 0 && watchShare <= LARGEST_WATCH_SHARE)) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, "watch-share is a share of the pictures, 0 to 0.5, not " + watchShare);
        }
        if (watchShare == 0 && loop.patience() > 0) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "patience needs pictures to watch, and held-out ones must not decide: give watch-share too, such as 0.1");
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

    @Override
    public Double fullSizeShare() {
        return fullSizeShare == null ? Double.valueOf(1) : fullSizeShare;
    }

    @Override
    public Integer heads() {
        return heads == null ? 1 : heads;
    }

    /** @param ratings learned from, 1..5; equidistant mapping does not look at them */
    public LevelScale scale(double[] ratings) {
        if (objective().single()) {
            return LevelScale.equidistant(levels());
        }
        return switch (mapping()) {
            case EQUIDISTANT -> LevelScale.equidistant(levels());
            case EQUIDISTANT_MEANS -> LevelScale.equidistantMeans(levels(), ratings);
            case QUANTILE -> LevelScale.quantile(levels(), ratings);
            case QUANTILE_STEPS -> LevelScale.quantileSteps(levels(), ratings);
        };
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
                watchShare,
                heads);
    }

    /** The same with one key changed, for instance {@code with("correlation-weight", 1)}. */
    public HeadRecipe with(String key, Object value) {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode all = mapper.valueToTree(this);
        all.set(key, mapper.valueToTree(value));
        return mapper.convertValue(all, HeadRecipe.class);
    }

    /**
     * @param inputNames names of the model's inputs
     * @return which of them this task looks at
     */
    public int[] columns(List<String> inputNames) {
        Pattern without = Pattern.compile(withoutFeatures == null ? "(?!)" : withoutFeatures);
        return IntStream.range(0, inputNames.size())
                .filter(i -> !without.matcher(inputNames.get(i)).find())
                .toArray();
    }
}
