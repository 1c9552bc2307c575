package org.loupe.training.objective;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** The ways to learn a score. */
public enum ObjectiveKind {
    /** Each rating is one level: cross-entropy, as the paper. */
    @JsonProperty("levels")
    LEVELS,
    /** Each rating is a distribution over levels: a Gaussian where its deviation is known, otherwise the two levels around it. */
    @JsonProperty("soft-levels")
    SOFT_LEVELS,
    /** One number, squared error. */
    @JsonProperty("regression")
    REGRESSION,
    /** One number, learned from which of two pictures is better. */
    @JsonProperty("ranking")
    RANKING,
    /** Levels are drawn, and those near the rating rewarded. */
    @JsonProperty("policy")
    POLICY;

    /** @return the name in recipes and on the command line */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @throws ScoringException INVALID_REQUEST naming all there are */
    public static ObjectiveKind of(String id) {
        return Arrays.stream(values())
                .filter(kind -> kind.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new ScoringException(
                        ErrorReason.INVALID_REQUEST,
                        "there is no objective " + id + "; choose "
                                + Arrays.stream(values()).map(ObjectiveKind::id).collect(Collectors.joining(", "))));
    }

    /** @return whether the network answers with one number instead of levels */
    public boolean single() {
        return this == REGRESSION || this == RANKING;
    }

    /** @param scale of the levels; ignored by the kinds that answer with one number */
    public Objective with(LevelScale scale) {
        return switch (this) {
            case LEVELS -> LevelObjective.discrete(scale);
            case SOFT_LEVELS -> LevelObjective.soft(scale);
            case REGRESSION -> new RegressionObjective();
            case RANKING -> new RankingObjective();
            case POLICY -> new PolicyObjective(scale);
        };
    }
}
