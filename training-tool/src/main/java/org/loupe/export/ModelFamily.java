package org.loupe.export;

import java.util.Arrays;
import java.util.Locale;
import org.loupe.modelpackage.Manifest;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/** Networks of one architecture, with the same tensors and configuration, that were trained to answer different questions. */
public enum ModelFamily {
    /** Q-Align's OneAlign: quality and aesthetics of photos and clips. */
    ONE_ALIGN,
    /** DeQA-Score: quality of photos only. Nothing in its files tells it from OneAlign. */
    DEQA_SCORE;

    /** Key in a manifest's provenance. */
    static final String KEY = "architecture";

    /** @return the name on the command line and in the manifest */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @throws ScoringException INVALID_REQUEST naming all there are */
    public static ModelFamily of(String id) {
        return Arrays.stream(values())
                .filter(known -> known.id().equals(id.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new ScoringException(
                        ErrorReason.INVALID_REQUEST, "--like must be one-align or deqa-score, was " + id));
    }

    /** @return whether it was trained for a task and a kind of media */
    public boolean asks(Task task, Manifest.MediaKind kind) {
        return this == ONE_ALIGN || (task == Task.QUALITY && kind == Manifest.MediaKind.IMAGE);
    }

    /** @return the family a package was imported as */
    public static ModelFamily of(Manifest manifest) {
        return manifest.provenance(KEY).filter(DEQA_SCORE.id()::equals).isPresent() ? DEQA_SCORE : ONE_ALIGN;
    }
}
