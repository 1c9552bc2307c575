package org.loupe.modelpackage;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a well-shaped manifest must also keep to: ranges, known words, and fields that belong together. */
final class ManifestRules {
    static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");
    static final Pattern VERSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    /** A side beyond this gives frames that no device holds; stops a typing error before it asks for memory. */
    private static final int MOST_SIDE_PIXELS = 8192;
    /** Likewise for the frames of one row. */
    private static final int MOST_FRAMES = 1024;

    private final List<String> problems = new ArrayList<>();

    private ManifestRules() {}

    /** @return one sentence a problem, empty when the manifest keeps all rules; the digest is compared with the files elsewhere */
    static List<String> problems(Manifest manifest) {
        ManifestRules rules = new ManifestRules();
        rules.require(
                manifest.schemaVersion() == Manifest.SCHEMA_VERSION,
                "schemaVersion must be " + Manifest.SCHEMA_VERSION + ", was " + manifest.schemaVersion());
        rules.problems.addAll(identity(manifest.name(), manifest.version(), manifest.digest()));
        rules.problems.addAll(terms(manifest.precision(), manifest.licence()));
        rules.input(manifest.input());
        rules.levels(manifest.levels());
        rules.prompts(manifest.prompts());
        rules.range("limits.maxFrames", manifest.limits().maxFrames(), MOST_FRAMES);
        List<Manifest.Accuracy> accuracy = manifest.accuracy() == null ? List.of() : manifest.accuracy();
        for (int i = 0; i < accuracy.size(); i++) {
            rules.accuracy("accuracy[" + i + "]", accuracy.get(i));
        }
        List<Manifest.Deviation> deviation = manifest.deviation() == null ? List.of() : manifest.deviation();
        for (int i = 0; i < deviation.size(); i++) {
            rules.deviation("deviation[" + i + "]", deviation.get(i));
        }
        return rules.problems;
    }

    /** Rules for what every package is known by. */
    static List<String> identity(String name, String version, String digest) {
        ManifestRules rules = new ManifestRules();
        rules.require(NAME.matcher(name).matches(), "name must be lower-case letters, digits and dashes, was " + name);
        rules.require(
                VERSION.matcher(version).matches(), "version must be letters, digits, dots and dashes, was " + version);
        rules.require(DIGEST.matcher(digest).matches(), "digest must be 64 lower-case hexadecimal digits");
        return rules.problems;
    }

    /** Rules for the words every package uses. */
    static List<String> terms(String precision, Manifest.Licence licence) {
        ManifestRules rules = new ManifestRules();
        rules.oneOf("precision", precision, Set.of("fp32", "fp16", "int8", "int4"));
        rules.oneOf("licence.commercialUse", licence.commercialUse(), Set.of("yes", "no", "unknown"));
        return rules.problems;
    }

    private void input(Manifest.Input input) {
        oneOf("input.resample", input.resample(), Set.of("pillow-bicubic", "area"));
        channels("input.mean", input.mean());
        channels("input.std", input.std());
        boolean square = input.mode() == Manifest.Mode.PAD_SQUARE;
        together("input.side", input.side(), square);
        together("input.padColour", input.padColour(), square);
        together("input.maxShortSide", input.maxShortSide(), !square);
        together("input.maxLongSide", input.maxLongSide(), !square);
        range("input.side", input.side(), MOST_SIDE_PIXELS);
        range("input.maxShortSide", input.maxShortSide(), MOST_SIDE_PIXELS);
        range("input.maxLongSide", input.maxLongSide(), MOST_SIDE_PIXELS);
        if (input.maxShortSide() != null && input.maxLongSide() != null) {
            require(
                    input.maxShortSide() <= input.maxLongSide(),
                    "input.maxShortSide must not be above input.maxLongSide");
        }
        if (input.padColour() != null) {
            require(
                    input.padColour().size() == 3
                            && input.padColour().stream().allMatch(value -> value >= 0 && value <= 255),
                    "input.padColour must be three numbers 0..255");
        }
    }

    private void levels(List<Manifest.LevelSpec> levels) {
        require(levels.size() >= 2, "levels must hold at least two");
        Set<String> seen = new HashSet<>();
        for (Manifest.LevelSpec level : levels) {
            require(
                    !level.name().isBlank() && seen.add(level.name()),
                    "levels must have distinct names, see '" + level.name() + "'");
            require(
                    level.weight() >= 1 && level.weight() <= 5,
                    "levels: the weight of '" + level.name() + "' must lie in 1..5, was " + level.weight());
        }
    }

    private void prompts(List<Manifest.Prompt> prompts) {
        require(!prompts.isEmpty(), "prompts must hold at least one");
        Set<String> ids = new HashSet<>();
        Set<String> questions = new HashSet<>();
        for (Manifest.Prompt prompt : prompts) {
            require(ids.add(prompt.id()), "prompts must have distinct ids, see '" + prompt.id() + "'");
            String question =
                    prompt.task().id() + " of " + prompt.mediaKind().name().toLowerCase(Locale.ROOT);
            require(questions.add(question), "prompts ask twice for " + question);
        }
    }

    private void deviation(String path, Manifest.Deviation deviation) {
        require(deviation.n() >= 1, path + ".n must be at least 1");
        require(DIGEST.matcher(deviation.reference()).matches(), path + ".reference must be a digest");
        for (double value : List.of(deviation.mosLargest(), deviation.mosMean(), deviation.logitsRelative())) {
            require(value >= 0 && Double.isFinite(value), path + ": differences are finite and not below 0");
        }
    }

    private void accuracy(String path, Manifest.Accuracy accuracy) {
        require(accuracy.n() >= 1, path + ".n must be at least 1");
        require(Math.abs(accuracy.srcc()) <= 1, path + ".srcc must lie in -1..1");
        require(Math.abs(accuracy.plcc()) <= 1, path + ".plcc must lie in -1..1");
        interval(path + ".srccInterval", accuracy.srccInterval());
        interval(path + ".plccInterval", accuracy.plccInterval());
    }

    private void interval(String path, @Nullable List<Double> interval) {
        require(
                interval == null || (interval.size() == 2 && interval.get(0) <= interval.get(1)),
                path + " must be a low and a high number");
    }

    private void channels(String path, @Nullable List<Double> values) {
        require(values == null || values.size() == 3, path + " must be three numbers, one a channel");
    }

    private void together(String path, @Nullable Object value, boolean wanted) {
        require(
                (value != null) == wanted,
                path + (wanted ? " is missing, the mode needs it" : " does not belong to the mode"));
    }

    private void range(String path, @Nullable Integer value, int most) {
        require(value == null || (value >= 1 && value <= most), path + " must be 1.." + most + ", was " + value);
    }

    private void oneOf(String path, String value, Set<String> words) {
        require(
                words.contains(value),
                path + " must be one of "
                        + String.join(", ", words.stream().sorted().toList()) + ", was " + value);
    }

    private void require(boolean holds, String problem) {
        if (!holds) {
            problems.add(problem);
        }
    }
}
