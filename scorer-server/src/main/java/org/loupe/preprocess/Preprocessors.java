package org.loupe.preprocess;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.loupe.modelpackage.Manifest;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Preprocessors as a model's manifest describes them. */
public final class Preprocessors {
    private Preprocessors() {}

    /**
     * The preprocessor of a model.
     *
     * @param input the manifest's input section
     * @throws ScoringException MODEL_PACKAGE_INVALID if a field of the mode is missing, out of range or not known
     */
    public static Preprocessor of(Manifest.Input input) {
        return switch (input.mode()) {
            case PAD_SQUARE -> {
                requireResample(input, "pillow-bicubic");
                yield new PadSquarePreprocessor(positive("input.side", input.side()), colour(input.padColour()));
            }
            case NATIVE -> {
                requireResample(input, "area");
                int maxShortSide = positive("input.maxShortSide", input.maxShortSide());
                int maxLongSide = positive("input.maxLongSide", input.maxLongSide());
                if (maxLongSide < maxShortSide) {
                    throw invalid("input.maxLongSide must not be below input.maxShortSide (" + maxShortSide + "), was "
                            + maxLongSide);
                }
                yield new NativePreprocessor(maxShortSide, maxLongSide);
            }
        };
    }

    private static void requireResample(Manifest.Input input, String known) {
        if (!known.equals(input.resample())) {
            throw invalid("input.resample must be " + known + " for this mode, was " + input.resample());
        }
    }

    private static int positive(String field, @Nullable Integer value) {
        if (value == null || value < 1) {
            throw invalid(field + " must be at least 1 pixel, was " + value);
        }
        return value;
    }

    private static byte[] colour(@Nullable List<Integer> rgb) {
        if (rgb == null || rgb.size() != 3 || rgb.stream().anyMatch(v -> v < 0 || v > 255)) {
            throw invalid("input.padColour must be three values in 0..255, was " + rgb);
        }
        return new byte[] {
            rgb.get(0).byteValue(), rgb.get(1).byteValue(), rgb.get(2).byteValue()
        };
    }

    private static ScoringException invalid(String what) {
        return new ScoringException(ErrorReason.MODEL_PACKAGE_INVALID, "the model's manifest is wrong: " + what);
    }
}
