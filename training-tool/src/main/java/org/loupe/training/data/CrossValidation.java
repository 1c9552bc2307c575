package org.loupe.training.data;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How cross-validation divides pictures: the section {@code folds} of a recipe.
 *
 * @param count folds
 * @param seed of the division
 * @param fixed divisions made once and for all, see {@link FixedFolds}; used for a task where they name all its pictures; null for none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CrossValidation(
        @JsonProperty(required = true) int count,
        @JsonProperty(required = true) long seed,
        @Nullable List<String> fixed) {}
