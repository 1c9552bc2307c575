package org.loupe.modelpackage;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ModelRef;
import org.loupe.score.Task;

/**
 * {@code model.json}: what a model is, what it wants and what it was measured to be. Unknown fields are refused.
 *
 * @param schemaVersion version of this layout, now 1
 * @param name model name, lower-case letters, digits and dashes
 * @param version version within the name
 * @param digest SHA-256, lower-case hexadecimal, over the package's other files, see {@code PackageDigest}
 * @param source where the weights come from
 * @param licence under what terms
 * @param input how a frame becomes pixels
 * @param levels names and weights of the level words, in the order of the logits
 * @param prompts what can be asked; {@code row_prompt} indexes this list
 * @param limits what one row may hold
 * @param precision {@code fp32}, {@code fp16}, {@code int8} or {@code int4}
 * @param adapterTargets optional graph inputs an adapter may fill; empty when the model takes none
 * @param accuracy measured accuracy, one entry a data set, task and split; empty when unknown
 * @param deviation measured distance to the same network in fp32, one entry a set of pictures; empty when it was not measured
 * @param provenance how it was made: tool version, command, seeds, data digests
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Manifest(
        @JsonProperty(required = true) int schemaVersion,
        @JsonProperty(required = true) String name,
        @JsonProperty(required = true) String version,
        @JsonProperty(required = true) String digest,
        @JsonProperty(required = true) Source source,
        @JsonProperty(required = true) Licence licence,
        @JsonProperty(required = true) Input input,
        @JsonProperty(required = true) List<LevelSpec> levels,
        @JsonProperty(required = true) List<Prompt> prompts,
        @JsonProperty(required = true) Limits limits,
        @JsonProperty(required = true) String precision,
        @Nullable List<String> adapterTargets,
        @Nullable List<Accuracy> accuracy,
        @Nullable List<Deviation> deviation,
        @Nullable Map<String, String> provenance) {

    /** The layout this code reads and writes. */
    public static final int SCHEMA_VERSION = 1;

    public Manifest {
        levels = List.copyOf(levels);
        prompts = List.copyOf(prompts);
        adapterTargets = adapterTargets == null ? List.of() : List.copyOf(adapterTargets);
        accuracy = accuracy == null ? List.of() : List.copyOf(accuracy);
        deviation = deviation == null ? List.of() : List.copyOf(deviation);
        // Sorted, because the order in a file must not change from one run to the next.
        provenance = provenance == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(provenance));
    }

    /**
     * @param checkpoint what was imported or trained, for instance a directory name or a recipe
     * @param revision its revision or digest, when known
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Source(
            @JsonProperty(required = true) String checkpoint,
            @Nullable String revision) {}

    /**
     * @param id SPDX id or a plain name
     * @param commercialUse {@code yes}, {@code no} or {@code unknown}
     * @param url where the terms stand
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Licence(
            @JsonProperty(required = true) String id,
            @JsonProperty(required = true) String commercialUse,
            @Nullable String url) {}

    /** How a frame becomes pixels. */
    public enum Mode {
        /** Pad to a square with the pad colour, then Pillow's bicubic to side x side (OneAlign). */
        @JsonProperty("pad-square")
        PAD_SQUARE,
        /** Reduce to the bounds where larger, never enlarge, no padding. */
        @JsonProperty("native")
        NATIVE
    }

    /**
     * @param mode see {@link Mode}
     * @param side pad-square only: side S of the square, pixels
     * @param padColour pad-square only: RGB 0..255
     * @param maxShortSide native only: largest short side, pixels
     * @param maxLongSide native only: largest long side, pixels
     * @param mean normalisation inside the graph, for the record; per channel on the 0..1 scale
     * @param std likewise
     * @param resample {@code pillow-bicubic} or {@code area}
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Input(
            @JsonProperty(required = true) Mode mode,
            @Nullable Integer side,
            @Nullable List<Integer> padColour,
            @Nullable Integer maxShortSide,
            @Nullable Integer maxLongSide,
            @Nullable List<Double> mean,
            @Nullable List<Double> std,
            @JsonProperty(required = true) String resample) {}

    /**
     * @param name level word
     * @param weight its MOS, in [1, 5]
     */
    public record LevelSpec(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) float weight) {}

    /** What a prompt can look at. */
    public enum MediaKind {
        @JsonProperty("image")
        IMAGE,
        @JsonProperty("video")
        VIDEO
    }

    /**
     * @param id for instance {@code quality.image}
     * @param task what it asks
     * @param mediaKind of what
     */
    public record Prompt(
            @JsonProperty(required = true) String id,
            @JsonProperty(required = true) Task task,
            @JsonProperty(required = true) MediaKind mediaKind) {}

    /** @param maxFrames most frames one row may look at */
    public record Limits(@JsonProperty(required = true) int maxFrames) {}

    /**
     * @param dataSet name and split
     * @param task what was predicted
     * @param n items
     * @param srcc Spearman rank correlation with MOS
     * @param plcc Pearson correlation with MOS, raw
     * @param srccInterval 95 % bootstrap interval, low and high
     * @param plccInterval likewise
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Accuracy(
            @JsonProperty(required = true) String dataSet,
            @JsonProperty(required = true) Task task,
            @JsonProperty(required = true) int n,
            @JsonProperty(required = true) double srcc,
            @JsonProperty(required = true) double plcc,
            @Nullable List<Double> srccInterval,
            @Nullable List<Double> plccInterval) {}

    /**
     * How far the scores are from those of the same network in fp32, on the same pictures.
     *
     * @param data the pictures, in words
     * @param n scores compared: pictures times tasks
     * @param mosLargest largest absolute difference of the MOS
     * @param mosMean mean absolute difference of the MOS
     * @param logitsRelative root mean square of the level logits' differences over that of the logits' spread about their mean
     * @param reference digest of the fp32 package that was compared with
     */
    public record Deviation(
            @JsonProperty(required = true) String data,
            @JsonProperty(required = true) int n,
            @JsonProperty(required = true) double mosLargest,
            @JsonProperty(required = true) double mosMean,
            @JsonProperty(required = true) double logitsRelative,
            @JsonProperty(required = true) String reference) {}

    /** @return what {@link #provenance()} says under that key */
    public Optional<String> provenance(String key) {
        return provenance == null ? Optional.empty() : Optional.ofNullable(provenance.get(key));
    }

    /** @return the same manifest with that digest */
    public Manifest withDigest(String newDigest) {
        return with(newDigest, deviation);
    }

    /** @return the same manifest with what was measured against fp32 */
    public Manifest withDeviation(List<Deviation> measured) {
        return with(digest, measured);
    }

    private Manifest with(String newDigest, @Nullable List<Deviation> measured) {
        return new Manifest(
                schemaVersion,
                name,
                version,
                newDigest,
                source,
                licence,
                input,
                levels,
                prompts,
                limits,
                precision,
                adapterTargets,
                accuracy,
                measured,
                provenance);
    }

    /** @return name, version and digest, as every score names its model */
    public ModelRef ref() {
        return new ModelRef(name, version, digest);
    }

    /** @return index of the prompt for that task and kind, or nothing when the model has none */
    public OptionalInt promptIndex(Task task, MediaKind kind) {
        for (int i = 0; i < prompts.size(); i++) {
            if (prompts.get(i).task() == task && prompts.get(i).mediaKind() == kind) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    public List<String> levelNames() {
        return levels.stream().map(LevelSpec::name).toList();
    }

    public List<Float> levelWeights() {
        return levels.stream().map(LevelSpec::weight).toList();
    }
}
