package org.loupe.dataset.check;

import java.util.List;
import java.util.Locale;

/**
 * One thing found.
 *
 * @param kind what
 * @param severity how bad
 * @param what for a person, one sentence
 * @param rows which rows of which sources are concerned; may be empty
 * @param fix what to do about it
 */
record Finding(Kind kind, Severity severity, String what, List<Place> rows, String fix) {
    Finding {
        rows = List.copyOf(rows);
    }

    /** What is looked for; {@link #id} is stable. */
    enum Kind {
        FILE_MISSING,
        MEDIA_UNREADABLE,
        ROW_INVALID,
        LABEL_OUTSIDE_SCALE,
        LABELS_CONTRADICT,
        RATED_TWICE,
        SPLIT_MISSING,
        SPLIT_UNUSED,
        COPY_ACROSS_SPLITS,
        NEAR_COPY_ACROSS_SPLITS,
        COPIES,
        NEAR_COPIES,
        THEME_ACROSS_SPLITS,
        SCALE_UNUSED,
        DIRECTION_REVERSED,
        DIRECTION,
        TOO_FEW,
        LEVEL_SPARSE;

        /** @return as it is written in JSON, such as {@code file-missing} */
        String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * A row of a source.
     *
     * @param source index of the source as given on the command line
     * @param line from 1; 0 where the whole source is meant
     * @param file the picture as the row names it
     * @param remark what about it, such as its split or the reason it cannot be read; may be empty
     */
    record Place(int source, int line, String file, String remark) {}
}
