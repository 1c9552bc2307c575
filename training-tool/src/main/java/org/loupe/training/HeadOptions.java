package org.loupe.training;

import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.head.HeadRecipe;
import org.loupe.training.objective.LevelScale;
import org.loupe.training.objective.ObjectiveKind;
import picocli.CommandLine;

/** What {@code train} may change of a small model's recipe without another file. */
final class HeadOptions {
    @CommandLine.Option(
            names = "--objective",
            paramLabel = "NAME",
            description = {
                "what is minimised: levels (as the paper; OneAlign's default), soft-levels (DeQA-Score), ranking (pairs; for OneAlign with",
                "soft-levels, and two rows a pass), and for the small model, in place of the recipe's, regression or policy",
                "(reinforcement)"
            })
    private @Nullable String objective;

    @CommandLine.Option(
            names = "--levels",
            paramLabel = "N",
            description = "small model: 3, 5, 7 or 9 levels, in place of the recipe's")
    private @Nullable Integer levels;

    @CommandLine.Option(
            names = "--mapping",
            paramLabel = "NAME",
            description = {
                "small model: from ratings to levels, in place of the recipe's: equidistant, quantile (equally many ratings a level), or",
                "equidistant-means (as quantile, levels are worth the mean of their ratings)"
            })
    private @Nullable String mapping;

    @CommandLine.Option(
            names = "--seed",
            paramLabel = "N",
            description = "small model: everything random follows from it, in place of the recipe's")
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
