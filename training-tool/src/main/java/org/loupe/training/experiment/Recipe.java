package org.loupe.training.experiment;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One experiment.
 *
 * @param name as on the command line
 * @param title for the page
 * @param question what is to be found out, and how
 * @param kind which way it is measured
 * @param folds of the cross-validation; 5 unless given
 * @param fit how heads are fitted, by task
 * @param arms what is compared; the first is what others are held against unless they say otherwise
 * @param published figures of others to stand beside ours, by data set
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record Recipe(
        @JsonProperty(required = true) String name,
        @JsonProperty(required = true) String title,
        @JsonProperty(required = true) String question,
        @JsonProperty(required = true) Kind kind,
        int folds,
        Map<String, Fit> fit,
        List<Arm> arms,
        @Nullable Published published) {
    private static final int FOLDS = 5;

    /** What a recipe leaves out arrives as null or 0. */
    Recipe {
        folds = folds == 0 ? FOLDS : folds;
        fit = fit == null ? Map.of() : Map.copyOf(fit);
        arms = arms == null ? List.of() : List.copyOf(arms);
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
     * @param hidden units
     * @param dropoutIn share of inputs dropped while learning
     * @param dropoutHidden share of hidden units dropped while learning
     * @param learningRate peak, falls to 0 along a cosine
     * @param weightDecay decoupled
     * @param batch pictures a step
     * @param epochs passes over the pictures
     * @param withoutFeatures regular expression of feature names that are not looked at; null keeps all
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Fit(
            @JsonProperty(required = true) int hidden,
            @JsonProperty(required = true) double dropoutIn,
            @JsonProperty(required = true) double dropoutHidden,
            @JsonProperty(required = true) double learningRate,
            @JsonProperty(required = true) double weightDecay,
            @JsonProperty(required = true) int batch,
            @JsonProperty(required = true) int epochs,
            @Nullable String withoutFeatures) {}

    /**
     * @param name for the table
     * @param objective what the head is made to do; discrete unless given
     * @param levels how many; 5 unless given
     * @param quantile whether levels hold equally many ratings instead of equal intervals
     * @param levelMeans whether a level stands for the mean of its ratings instead of an even step from 1 to 5
     * @param correlation weight of 1 - Pearson correlation over the batch, beside the objective
     * @param entropy weight of the entropy that keeps a policy from deciding too early
     * @param own share of the set's own training pictures that is learned from; 1 unless given
     * @param others pictures of the other task that are learned from as well, as a share of all own training pictures, learned from or not: 0 none, which is
     *     what is meant unless given; 1 as many; 100 in practice all
     * @param against the arm it is compared with; the first unless given
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Arm(
            @JsonProperty(required = true) String name,
            Objective objective,
            int levels,
            boolean quantile,
            boolean levelMeans,
            double correlation,
            double entropy,
            double own,
            double others,
            @Nullable String against) {
        private static final int LEVELS = 5;

        /** What a recipe leaves out arrives as null or 0. */
        Arm {
            objective = objective == null ? Objective.DISCRETE : objective;
            levels = levels == 0 ? LEVELS : levels;
            own = own == 0 ? 1 : own;
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
