package org.loupe.training.recipe;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.Rated;
import org.loupe.training.data.Ratings;
import org.loupe.training.data.Scale;

/**
 * A recipe's section {@code data}: what is learned from, so that one file repeats a training. Paths start from the recipe's own directory.
 * What is typed on the command line counts instead.
 *
 * @param sets rated media; empty leaves them to the command line
 * @param split part of divided sets that is learned from; null for the usual
 * @param val part that is measured on before it is learned from as well; null for the usual
 * @param test part never learned from; null for none
 * @param group finds the collection in a name, first capture of a regular expression; null for none
 * @param clean directories of photographs without ratings
 * @param large directories of photographs of many megapixels
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DataSection(
        List<RatedSource> sets,
        @Nullable String split,
        @Nullable String val,
        @Nullable String test,
        @Nullable String group,
        List<String> clean,
        List<String> large) {
    /** Of a recipe that says nothing about data. */
    public static final DataSection NONE = new DataSection(List.of(), null, null, null, null, List.of(), List.of());

    /** What a recipe leaves out arrives as null. */
    public DataSection {
        sets = sets == null ? List.of() : List.copyOf(sets);
        clean = clean == null ? List.of() : List.copyOf(clean);
        large = large == null ? List.of() : List.copyOf(large);
    }

    /**
     * One source of ratings.
     *
     * @param labels file or folder, as {@code --labels} takes it
     * @param weight how often one of its pictures is seen for each time one of a set of weight 1 is; 1 unless given
     * @param splits {@code file,split} that divides it; null for none
     * @param tasks quality, aesthetics: ratings of other tasks are left out; a single one stands for labels that do not say. All unless given
     * @param scale WORST:BEST, where the labels do not say; null where they do
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record RatedSource(
            @JsonProperty(required = true) String labels,
            @Nullable Double weight,
            @Nullable String splits,
            List<String> tasks,
            @Nullable String scale) {
        /** What a recipe leaves out arrives as null. */
        public RatedSource {
            tasks = tasks == null ? List.of() : List.copyOf(tasks);
        }

        @Override
        public Double weight() {
            return weight == null ? Double.valueOf(1) : weight;
        }

        /**
         * Reads the labels, once their path is absolute.
         *
         * @return the ratings of the tasks that are asked for
         * @throws ScoringException INVALID_REQUEST if the section or the file is wrong, IO_FAILED if it cannot be read
         */
        public List<Rated> read() {
            List<Task> wanted = tasks.stream().map(RatedSource::task).toList();
            try {
                Ratings.Hints hints = new Ratings.Hints(
                        wanted.size() == 1 ? wanted.get(0) : null, scale == null ? null : Scale.parse(scale));
                return Ratings.read(Path.of(labels), hints).stream()
                        .filter(item -> wanted.isEmpty() || wanted.contains(item.task()))
                        .toList();
            } catch (IllegalArgumentException e) {
                throw new ScoringException(ErrorReason.INVALID_REQUEST, "data: scale is " + e.getMessage(), e);
            }
        }

        private static Task task(String id) {
            return Task.byId(id)
                    .orElseThrow(() -> new ScoringException(
                            ErrorReason.INVALID_REQUEST, "data: tasks are quality and aesthetics, not " + id));
        }
    }

    /** The same with absolute paths. */
    public DataSection from(Path directory) {
        return mapped(path -> directory.resolve(path).normalize().toString());
    }

    /** The same as another machine would write it: files by their last two names only, as where they lie is nobody's business. */
    public DataSection withoutPlaces() {
        return mapped(path -> tail(Path.of(path)));
    }

    private DataSection mapped(UnaryOperator<String> place) {
        return new DataSection(
                sets.stream()
                        .map(source -> new RatedSource(
                                place.apply(source.labels),
                                source.weight,
                                source.splits == null ? null : place.apply(source.splits),
                                source.tasks,
                                source.scale))
                        .toList(),
                split,
                val,
                test,
                group,
                clean.stream().map(place).toList(),
                large.stream().map(place).toList());
    }

    /** @return the last two names of a path */
    public static String tail(Path path) {
        Path whole = path.toAbsolutePath().normalize();
        int names = whole.getNameCount();
        return whole.subpath(Math.max(0, names - 2), names).toString();
    }
}
