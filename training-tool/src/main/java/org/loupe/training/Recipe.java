package org.loupe.training;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.loupe.export.small.FeatureGraph;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.CrossValidation;
import org.loupe.training.data.Distortion;
import org.loupe.training.head.HeadRecipe;
import org.loupe.training.objective.ObjectiveKind;
import org.loupe.training.recipe.DataSection;
import org.loupe.training.recipe.RecipeFile;
import org.loupe.training.score.ScoreRecipe;
import org.loupe.training.student.StudentRecipe;

/**
 * Everything about a training run that is not data. A YAML file, or a built-in one by name.
 *
 * @param name of the model
 * @param version of the model
 * @param seed everything random follows from it
 * @param threads that read pictures; no result depends on it
 * @param reductions short sides in pixels at which every rated picture is also learned
 * @param folds how cross-validation divides the pictures
 * @param network the convolutional part; null for a model of statistics alone
 * @param quality level heads for quality
 * @param aesthetics level heads for aesthetics
 * @param scores tasks that a score head answers instead of those heads; null for none
 * @param normalScores whether the statistics are bent so that those of the pictures learned from spread as a normal density would
 * @param damage what the order of damaged copies is learned from and checked on
 * @param licence terms of the model, for the manifest
 * @param card what the model card says besides the figures: data, licence status, limits; Markdown
 * @param data what is learned from, unless the command line says; null leaves it to that
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
record Recipe(
        @JsonProperty(required = true) String name,
        @JsonProperty(required = true) String version,
        @JsonProperty(required = true) long seed,
        @JsonProperty(required = true) int threads,
        @JsonProperty(required = true) List<Integer> reductions,
        @JsonProperty(required = true) CrossValidation folds,
        @Nullable Network network,
        @JsonProperty(required = true) HeadRecipe quality,
        @JsonProperty(required = true) HeadRecipe aesthetics,
        @Nullable Scores scores,
        boolean normalScores,
        @JsonProperty(required = true) Damage damage,
        @JsonProperty(required = true) Licence licence,
        @JsonProperty(required = true) String card,
        @Nullable DataSection data) {

    /** What {@code train} uses unless told otherwise. */
    static final String DEFAULT = "loupe-small";

    private static final String SOMEBODYS_LICENCE = """
            Whoever trained this model has not said under what terms it may be used. It keeps numbers computed from the pictures it learned from, no
            picture. Its convolutional part is that of loupe-small, whose terms are shipped with Loupe.
            """;
    private static final String SOMEBODYS_CARD = """
            A small model for any machine without a graphics card, trained by `loupe train` with the settings of loupe-small on the ratings named below.
            It computes some hundred photographic statistics and the outputs of loupe-small's convolutional network from the pixels, and compares them
            with those of the rated pictures; everything is inside `model.onnx`.

            It knows nothing but these ratings: what it is worth, and on what, the figures below say as far as pictures were held out. Terms of the
            pictures, and who rated what how, only their owner knows; a recipe of one's own (`--recipe`, keys `licence` and `card`) says so here.
            """;

    private static final RecipeFile.Shipped SHIPPED = new RecipeFile.Shipped("recipes", List.of(DEFAULT));

    /**
     * @param quality null where level heads answer
     * @param aesthetics likewise
     */
    record Scores(@Nullable ScoreRecipe quality, @Nullable ScoreRecipe aesthetics) {}

    /**
     * @param teacher who teaches it
     * @param student what learns, and how
     */
    record Network(
            @JsonProperty(required = true) TeacherPackage teacher,
            @JsonProperty(required = true) StudentRecipe student) {}

    /**
     * A pretrained network that shows the convolutional part what is in a picture while it learns.
     *
     * @param npm name of its npm package
     * @param version of the package
     * @param licence SPDX id
     * @param model which of the package's networks
     * @param sha256 of that network's weights as the package keeps them
     */
    record TeacherPackage(
            @JsonProperty(required = true) String npm,
            @JsonProperty(required = true) String version,
            @JsonProperty(required = true) String licence,
            @JsonProperty(required = true) String model,
            @JsonProperty(required = true) String sha256) {
        @Override
        public String toString() {
            return model + " of the npm package " + npm + " " + version + " (" + licence + ")";
        }
    }

    /**
     * @param types ways of damage
     * @param mostPictures most clean photographs looked at, first by name
     * @param exclude regular expression of file names never looked at; null excludes none
     * @param heldOut file names kept out of training, on which the order of damage is checked; those not there are ignored
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    record Damage(
            @JsonProperty(required = true) List<Distortion> types,
            @JsonProperty(required = true) int mostPictures,
            @Nullable String exclude,
            @JsonProperty(required = true) List<String> heldOut) {}

    /**
     * @param id SPDX id or plain name
     * @param commercialUse yes, no or unknown
     * @param text the package's LICENSE file
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    record Licence(
            @JsonProperty(required = true) String id,
            @JsonProperty(required = true) String commercialUse,
            @JsonProperty(required = true) String text) {}

    /** @return how the task's score head is fitted; nothing where level heads answer */
    Optional<ScoreRecipe> score(Task task) {
        return scores == null
                ? Optional.empty()
                : Optional.ofNullable(task == Task.QUALITY ? scores.quality() : scores.aesthetics());
    }

    /** @return how many of the inputs get normal scores */
    int curved() {
        return normalScores ? FeatureGraph.names().size() : 0;
    }

    HeadRecipe heads(Task task) {
        return task == Task.QUALITY ? quality : aesthetics;
    }

    /** The same with another seed and other heads; null keeps what there is. Another objective, or other levels, leave no score heads. */
    Recipe with(
            @Nullable Long otherSeed,
            @Nullable ObjectiveKind objective,
            @Nullable Integer levels,
            HeadRecipe.@Nullable Mapping mapping) {
        return new Recipe(
                name,
                version,
                otherSeed == null ? seed : otherSeed,
                threads,
                reductions,
                folds,
                network,
                quality.with(objective, levels, mapping, null),
                aesthetics.with(objective, levels, mapping, null),
                objective == null && levels == null && mapping == null ? scores : null,
                normalScores,
                damage,
                licence,
                card,
                data);
    }

    /** A recipe and the bytes it was read from, for the record. */
    record Source(Recipe recipe, byte[] bytes) {
        Source with(Recipe changed) {
            return new Source(changed, bytes);
        }

        /** @param name of the model; null keeps the recipe's */
        Source named(@Nullable String name) {
            return name == null ? this : with(recipe.with(name, recipe.data()));
        }

        /**
         * The settings alone, for a model that its recipe's words are not about: what the shipped recipe says of data, terms and limits is true of
         * the bundled model only.
         */
        Source ofSomebody(String name) {
            return with(new Recipe(
                    name,
                    "1",
                    recipe.seed,
                    recipe.threads,
                    recipe.reductions,
                    recipe.folds,
                    recipe.network,
                    recipe.quality,
                    recipe.aesthetics,
                    recipe.scores,
                    recipe.normalScores,
                    recipe.damage,
                    new Licence("unknown", "unknown", SOMEBODYS_LICENCE),
                    SOMEBODYS_CARD,
                    recipe.data));
        }
    }

    /**
     * @param reference a file, or the name of a built-in recipe
     * @return what it says; the paths of its data are absolute
     * @throws ScoringException INVALID_REQUEST if it cannot be found or understood
     */
    static Source read(String reference) {
        RecipeFile<Recipe> read = RecipeFile.read(reference, SHIPPED, Recipe.class);
        return new Source(read.recipe().from(read.directory()), read.bytes());
    }

    private Recipe from(@Nullable Path directory) {
        return data == null || directory == null ? this : with(name, data.from(directory));
    }

    private Recipe with(String otherName, @Nullable DataSection otherData) {
        return new Recipe(
                otherName,
                version,
                seed,
                threads,
                reductions,
                folds,
                network,
                quality,
                aesthetics,
                scores,
                normalScores,
                damage,
                licence,
                card,
                otherData);
    }
}
