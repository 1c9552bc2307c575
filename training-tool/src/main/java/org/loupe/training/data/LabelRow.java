package org.loupe.training.data;

import java.util.OptionalInt;

/**
 * One rating and where it stands.
 *
 * @param line row of the source, from 1
 * @param rated as training sees it
 * @param label the number as written, or the mean of the votes in steps
 * @param scale what the number is on
 * @param voters how many people it comes from, where that is known
 */
public record LabelRow(int line, Rated rated, double label, Scale scale, OptionalInt voters) {
    /** A rating of unknown many. */
    LabelRow(int line, Rated rated, double label, Scale scale) {
        this(line, rated, label, scale, OptionalInt.empty());
    }
}
