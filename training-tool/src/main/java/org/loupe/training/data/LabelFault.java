package org.loupe.training.data;

import java.nio.file.Path;
import java.util.List;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * One thing wrong in a source of labels.
 *
 * @param place what the source's parts are called, such as {@code line}
 * @param line which of them, from 1
 * @param kind what sort of fault
 * @param file the picture as the source names it; empty where the fault is in no row of one
 * @param value the number that is wrong; NaN where it is none
 * @param what for a person, without the place
 */
public record LabelFault(String place, int line, Kind kind, String file, double value, String what) {
    /** A file of a hundred thousand lines with one systematic fault must not flood the terminal. */
    private static final int FAULTS_SHOWN = 40;

    /** What can be wrong with a row. */
    public enum Kind {
        /** A cell, a number or a column is not what it should be. */
        FORM,
        /** The picture is not where the label says. */
        FILE_MISSING,
        /** The rating lies outside the scale that stands beside it. */
        OUTSIDE_SCALE,
        /** One picture has two ratings for one task. */
        RATED_TWICE
    }

    @Override
    public String toString() {
        return place + " " + line + ": " + what;
    }

    /** @throws ScoringException INVALID_REQUEST naming every fault, if there is one */
    static void refuse(Path source, List<LabelFault> faults) {
        if (faults.isEmpty()) {
            return;
        }
        StringBuilder message =
                new StringBuilder(source + " has " + faults.size() + (faults.size() == 1 ? " fault" : " faults"));
        for (LabelFault fault : faults.subList(0, Math.min(FAULTS_SHOWN, faults.size()))) {
            message.append("\n  ").append(fault);
        }
        if (faults.size() > FAULTS_SHOWN) {
            message.append("\n  and ").append(faults.size() - FAULTS_SHOWN).append(" more");
        }
        throw new ScoringException(ErrorReason.INVALID_REQUEST, message.toString());
    }
}
