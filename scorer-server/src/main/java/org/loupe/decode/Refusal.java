package org.loupe.decode;

import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** The catalogued answers of this package, so that the same finding always reads the same. */
final class Refusal {
    private Refusal() {}

    static ScoringException corrupt(String what) {
        return corrupt(what, null);
    }

    static ScoringException corrupt(String what, @Nullable Throwable cause) {
        return new ScoringException(ErrorReason.MEDIA_CORRUPT, "the medium cannot be decoded: " + what, cause);
    }

    static ScoringException unsupported(String what) {
        return new ScoringException(ErrorReason.UNSUPPORTED_MEDIA_TYPE, what + " is not scored");
    }

    static ScoringException tooLarge(String what, Object limit) {
        return new ScoringException(ErrorReason.MEDIA_TOO_LARGE, what + "; the limit is " + limit);
    }

    /**
     * The pixel gate, before anything of that size is allocated.
     *
     * @throws ScoringException MEDIA_CORRUPT if a side is not positive, MEDIA_TOO_LARGE if the product is over the limit
     */
    static void checkPixels(long width, long height, long maxPixels) {
        if (width < 1 || height < 1) {
            throw corrupt("its header says " + width + " x " + height + " pixels");
        }
        // Compared by division: a hostile header may name sides whose product leaves 64 bits.
        if (width > maxPixels || height > maxPixels / width) {
            throw tooLarge("the picture has " + width + " x " + height + " pixels", maxPixels + " pixels");
        }
    }
}
