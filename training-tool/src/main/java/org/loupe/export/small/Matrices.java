package org.loupe.export.small;

/** Matrices as graphs keep them. */
final class Matrices {
    private Matrices() {}

    /** @return the columns one after the other: what {@code values x matrix} wants of weights kept as one row for each output */
    static float[] transposed(float[][] rows) {
        int width = rows[0].length;
        float[] transposed = new float[rows.length * width];
        for (int r = 0; r < rows.length; r++) {
            for (int c = 0; c < width; c++) {
                transposed[c * rows.length + r] = rows[r][c];
            }
        }
        return transposed;
    }

    /** @return the rows one after the other */
    static float[] flat(float[][] rows) {
        int width = rows[0].length;
        float[] flat = new float[rows.length * width];
        for (int r = 0; r < rows.length; r++) {
            System.arraycopy(rows[r], 0, flat, r * width, width);
        }
        return flat;
    }

    /** @return the rows whose {@link #transposed} form is given */
    static float[][] rows(float[] transposed, int rows) {
        int width = transposed.length / rows;
        float[][] matrix = new float[rows][width];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < width; c++) {
                matrix[r][c] = transposed[c * rows + r];
            }
        }
        return matrix;
    }
}
