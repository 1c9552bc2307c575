package org.loupe.training.student;

import java.util.Arrays;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.loupe.training.network.Tensors;

/**
 * From pooled channels to principal components, of what they tell of the teacher or of themselves.
 *
 * @param matrix {@code [Z][P]}
 * @param bias {@code [Z]}, so that every component is 0 in the middle of the pictures it was found on
 */
record Projection(float[][] matrix, float[] bias) {
    // variance below which there is nothing to tell
    private static final double SMALLEST_VARIANCE = 1e-12;

    /**
     * In doubles: variances of the last components are small differences of large sums. Uses the open scope.
     *
     * @param pooled {@code [n][P]}, of n pictures
     * @param told {@code [T][P]}, from pooled channels to the teacher's T numbers, up to a constant
     * @param weights {@code [T]}, how much the square of each counts
     * @param components Z, or 0 for nothing
     * @return components by falling variance, in units of the first one's standard deviation, signs by the largest entry
     */
    static Projection of(float[][] pooled, float[][] told, float[] weights, int components) {
        if (components == 0) {
            return new Projection(new float[0][], new float[0]); // libtorch hands over no buffer of nothing
        }
        Tensor x = matrix(pooled);
        Tensor mean = x.mean(0);
        Tensor weighted = matrix(told)
                .mul(Tensor.create(weights).to(ScalarType.Double).sqrt().unsqueeze(1));
        Tensor answers = x.sub(mean).matmul(weighted.t());
        Tensor covariance = answers.t().matmul(answers).div(new Scalar(Math.max(1, pooled.length - 1)));
        T_TensorTensor_T eigen = torch.linalg_eigh(covariance); // rising
        int all = told.length;
        Tensor vectors = eigen.get1().t().flip(0).narrow(0, 0, Math.min(components, all));
        Tensor sd = eigen.get0()
                .narrow(0, all - 1, 1)
                .clamp_min(new Scalar(SMALLEST_VARIANCE))
                .sqrt();
        Tensor largest = vectors.gather(1, vectors.abs().argmax(new LongOptional(1), true));
        Tensor matrix = vectors.mul(largest.sign()).matmul(weighted).div(sd);
        Tensor bias = matrix.matmul(mean).neg();
        return new Projection(Tensors.matrix(matrix.to(ScalarType.Float)), Tensors.vector(bias.to(ScalarType.Float)));
    }

    /**
     * Components of the pooled channels themselves, each channel in units of its own standard deviation.
     *
     * @param pooled {@code [n][P]}, of n pictures
     * @param components Z, or 0 for nothing
     */
    static Projection of(float[][] pooled, int components) {
        int channels = pooled[0].length;
        float[][] even = new float[channels][channels];
        for (int c = 0; c < channels; c++) {
            double sum = 0;
            double square = 0;
            for (float[] picture : pooled) {
                sum += picture[c];
                square += (double) picture[c] * picture[c];
            }
            double variance = square / pooled.length - (sum / pooled.length) * (sum / pooled.length);
            // a channel that is the same for every picture has nothing to say
            even[c][c] = variance > SMALLEST_VARIANCE ? (float) (1 / Math.sqrt(variance)) : 0;
        }
        float[] once = new float[channels];
        Arrays.fill(once, 1);
        return of(pooled, even, once, components);
    }

    /** @return components of this, then those of the other */
    Projection and(Projection other) {
        float[][] rows = Arrays.copyOf(matrix, matrix.length + other.matrix.length);
        System.arraycopy(other.matrix, 0, rows, matrix.length, other.matrix.length);
        float[] biases = Arrays.copyOf(bias, rows.length);
        System.arraycopy(other.bias, 0, biases, bias.length, other.bias.length);
        return new Projection(rows, biases);
    }

    private static Tensor matrix(float[][] rows) {
        float[] flat = new float[rows.length * rows[0].length];
        for (int r = 0; r < rows.length; r++) {
            System.arraycopy(rows[r], 0, flat, r * rows[0].length, rows[0].length);
        }
        return Tensor.create(flat, rows.length, rows[0].length).to(ScalarType.Double);
    }
}
