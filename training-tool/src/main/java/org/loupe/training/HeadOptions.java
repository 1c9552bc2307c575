package org.loupe.training;

import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.head.HeadRecipe;
import org.loupe.training.objective.LevelScale;
import org.loupe.training.objective.ObjectiveKind;
import picocli.CommandLine;

/** What {@code train} may change of a recipe without another file: the first and the last for OneAlign too. */
final class HeadOptions {
    @CommandLine.Option(
            names = "--objective",
            paramLabel = "NAME",
            description =
                    "what is minimised: levels (the paper), soft-levels (DeQA-Score) or ranking (pairs); the small model also learns"
                            + " regression or policy (reinforcement), OneAlign ranks with soft levels and two rows a pass or more"
                            + " (default: the recipe's)")
    private @Nullable String objective;

    @CommandLine.Option(
            names = "--levels",
            paramLabel = "N",
            description = "3, 5, 7 or 9 levels; small model only (default: the recipe's)")
    private @Nullable Integer levels;

    @CommandLine.Option(
            names = "--mapping",
            paramLabel = "NAME",
            description =
                    "from ratings to levels, small model only: equidistant, quantile (equally many ratings a level) or equidistant-means"
                            + " (as quantile, levels are worth the mean of their ratings) (default: the recipe's)")
    private @Nullable String mapping;

    @CommandLine.Option(
            names = "--seed",
            paramLabel = "N",
            description = "everything random follows from it (default: the recipe's)")
    private @Nullable Long seed;

    /** @return the recipe with what was typed */
    Recipe.Source over(Recipe.Source read) {
        if (levels != null && !LevelScale.COUNTS.contains(levels)) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, "--levels must be 3, 5, 7 or 9, was " + levels);
        }
        return read.with(read.recipe().with(seed, objective(), levels, mapping()));
    }

    /** @return what was typed; null where nothing was */
    @Nullable
    ObjectiveKind objective() {
        return objective == null ? null : ObjectiveKind.of(objective);
    }

    /** @return what was typed; null where nothing was */
    @Nullable
    Long seed() {
        return seed;
    }

    private HeadRecipe.@Nullable Mapping mapping() {
        return mapping == null ? null : HeadRecipe.Mapping.of(mapping);
    }

    /** @return the options as they were typed, for the record */
    String typed() {
        StringBuilder line = new StringBuilder();
        if (objective != null) {
            line.append(" --objective ").append(objective);
        }
        if (levels != null) {
            line.append(" --levels ").append(levels);
        }
        if (mapping != null) {
            line.append(" --mapping ").append(mapping);
        }
        if (seed != null) {
            line.append(" --seed ").append(seed);
        }
        return line.toString();
    }
}
