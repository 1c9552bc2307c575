package org.loupe.dataset.convert;

import java.util.OptionalDouble;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.RowTable;

/** Numbers out of cells. */
final class Cells {
    private Cells() {}

    /** @throws ScoringException INVALID_REQUEST with place and column */
    static double number(RowTable.Row row, String column) {
        return number(row.get(column), column, row.line());
    }

    /** @throws ScoringException INVALID_REQUEST with place and column */
    static double number(String text, String column, int line) {
        try {
            double value = Double.parseDouble(text.strip());
            if (Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            // told below, together with numbers that are none
        }
        throw new ScoringException(
                ErrorReason.INVALID_REQUEST, "line " + line + ": " + column + " '" + text + "' is not a number");
    }

    /** @return empty where the cell is */
    static OptionalDouble optional(RowTable.Row row, String column) {
        return row.get(column).isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(number(row, column));
    }
}
