package org.loupe.export;

import java.util.Locale;
import org.loupe.modelpackage.Manifest;

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

    /** @return the order a package was imported with; packages that do not say were imported with the paper's */
    static PromptOrder of(Manifest manifest) {
        return manifest.provenance(KEY).filter(SCORE_METHOD.id()::equals).isPresent() ? SCORE_METHOD : PAPER;
    }
}
