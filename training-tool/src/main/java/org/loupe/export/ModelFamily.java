package org.loupe.export;

import java.util.Locale;
import org.loupe.modelpackage.Manifest;
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

    /** @return whether it was trained for a task and a kind of media */
    boolean asks(Task task, Manifest.MediaKind kind) {
        return this == ONE_ALIGN || (task == Task.QUALITY && kind == Manifest.MediaKind.IMAGE);
    }

    /** @return the family a package was imported as */
    static ModelFamily of(Manifest manifest) {
        return manifest.provenance(KEY).filter(DEQA_SCORE.id()::equals).isPresent() ? DEQA_SCORE : ONE_ALIGN;
    }
}
