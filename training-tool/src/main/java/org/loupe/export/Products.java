package org.loupe.export;

/** How a precision multiplies rows by large matrices. Values are rows {@code [row, feature]}. */
interface Products {
    /** @return the rows in the form that products take; asked twice for the same rows, the same value */
    Operand operand(String rows);

    /**
     * Two operands of one batch, sequence by sequence: the rows of the first, then those of the second.
     *
     * @param path where new nodes go
     * @param batch {@code int64[1]}: the number of sequences
     * @param features of a row
     */
    Operand joined(String path, Operand first, Operand second, String batch, long features);

    /** @return {@code x W^T}, with a scale a row where that is cheaper to leave to whoever reads it */
    Scaled multiply(String path, Matrix matrix, Operand x);
}
