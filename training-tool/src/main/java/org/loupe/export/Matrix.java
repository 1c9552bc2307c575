package org.loupe.export;

import java.io.IOException;
import java.util.function.IntUnaryOperator;

/**
 * A matrix {@code [out, in]} of a product {@code x W^T}, read from the checkpoint row by row: some rows of a stored tensor, with the factors
 * that smoothing moves into it. Safe for several readers at a time.
 */
final class Matrix {
    private final CheckpointWeights weights;
    private final String name;
    private final int out;
    private final int in;
    private final IntUnaryOperator row;
    private final float[] columnFactors;
    private final float[] rowDivisors;

    /**
     * @param name the stored tensor, {@code [rows, in]}
     * @param out rows of this matrix
     * @param row the stored row of each row of this matrix
     * @param columnFactors what each input column is multiplied by, in {@code float}; empty for nothing
     * @param rowDivisors what each output row is divided by; empty for nothing
     */
    Matrix(
            CheckpointWeights weights,
            String name,
            int out,
            IntUnaryOperator row,
            float[] columnFactors,
            float[] rowDivisors) {
        this.weights = weights;
        this.name = name;
        this.out = out;
        this.in = Math.toIntExact(weights.shape(name)[1]);
        this.row = row;
        this.columnFactors = columnFactors;
        this.rowDivisors = rowDivisors;
    }

    String name() {
        return name;
    }

    int out() {
        return out;
    }

    int in() {
        return in;
    }

    /**
     * Reads {@code count} rows from row {@code first} on.
     *
     * @param target receives {@code count * in} elements
     * @throws IOException if the checkpoint cannot be read
     */
    void read(int first, int count, float[] target) throws IOException {
        int done = 0;
        while (done < count) {
            int stored = row.applyAsInt(first + done);
            int run = 1;
            while (done + run < count && row.applyAsInt(first + done + run) == stored + run) {
                run++;
            }
            weights.readRows(name, stored, run, target, done * in);
            done += run;
        }
        scale(first, count, target);
    }

    private void scale(int first, int count, float[] target) {
        if (columnFactors.length > 0) {
            for (int r = 0; r < count; r++) {
                for (int i = 0; i < in; i++) {
                    target[r * in + i] *= columnFactors[i];
                }
            }
        }
        if (rowDivisors.length > 0) {
            for (int r = 0; r < count; r++) {
                float divisor = rowDivisors[first + r];
                for (int i = 0; i < in; i++) {
                    target[r * in + i] /= divisor;
                }
            }
        }
    }
}
