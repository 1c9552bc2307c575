package org.loupe.export;

import java.util.Arrays;
import java.util.Locale;
import org.loupe.modelpackage.Manifest;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** How the answer that a level word completes is begun. */
public enum PromptOrder {
    /** {@code The quality of the image is}: the paper, its training text, its scorer and all its evaluations. */
    PAPER,
    /**
     * {@code The image of the quality is}: what the model class's own {@code score()} method asks, which fills its template the other way
     * round. For reproducing numbers that were published from it.
     */
    SCORE_METHOD;

    /** Key in a manifest's provenance. */
    static final String KEY = "promptOrder";

    /** @return the name on the command line and in the manifest */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @throws ScoringException INVALID_REQUEST naming both */
    public static PromptOrder of(String id) {
        return Arrays.stream(values())
                .filter(known -> known.id().equals(id.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new ScoringException(
                        ErrorReason.INVALID_REQUEST, "--prompt-order must be paper or score-method, was " + id));
    }

    /** @return the order a package was imported with; packages that do not say were imported with the paper's */
    public static PromptOrder of(Manifest manifest) {
        return manifest.provenance(KEY).filter(SCORE_METHOD.id()::equals).isPresent() ? SCORE_METHOD : PAPER;
    }
}
