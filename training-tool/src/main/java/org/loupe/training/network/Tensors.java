package org.loupe.training.network;

import java.nio.FloatBuffer;
import org.bytedeco.pytorch.Tensor;

/** Copies tensors into Java arrays, and narrows arrays for tensors. */
public final class Tensors {
    private Tensors() {}

    /** @return the values in row order */
    public static float[] vector(Tensor tensor) {
        try (Tensor plain = tensor.detach().contiguous()) {
            float[] values = new float[Math.toIntExact(plain.numel())];
            FloatBuffer buffer = plain.createBuffer();
            buffer.get(values);
            return values;
        }
    }

    /** @return the values as rows along the first dimension */
    public static float[][] matrix(Tensor tensor) {
        int rows = Math.toIntExact(tensor.size(0));
        float[] flat = vector(tensor);
        int columns = flat.length / rows;
        float[][] matrix = new float[rows][columns];
        for (int r = 0; r < rows; r++) {
            System.arraycopy(flat, r * columns, matrix[r], 0, columns);
        }
        return matrix;
    }

    /** @return the values in 32 bits, as tensors of this program hold them */
    public static float[] floats(double[] values) {
        float[] narrow = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            narrow[i] = (float) values[i];
        }
        return narrow;
    }
}
