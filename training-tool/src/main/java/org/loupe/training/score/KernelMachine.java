package org.loupe.training.score;

import static org.bytedeco.pytorch.global.torch.cholesky_inverse;
import static org.bytedeco.pytorch.global.torch.linalg_cholesky;

import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.loupe.export.small.ScoreHead;

/**
 * Kernel ridge regression on rated pictures, all of which become centres: the mean of a Gaussian process. Everything is solved in double
 * precision, as the smallest eigenvalues of the kernel matrix carry much of the answer. The same input gives the same numbers on
 * one machine. Takes some five matrices of pictures x pictures doubles while it is fitted.
 *
 * @see <a href="https://gaussianprocess.org/gpml/">Rasmussen and Williams, Gaussian Processes for Machine Learning, sections 2.2 and 5.4.2
 *     (leaving one out)</a>
 */
final class KernelMachine {
    /** Rows predicted at once: bounds the memory that this takes. */
    private static final int CHUNK = 512;

    private KernelMachine() {}

    /**
     * @param columns which inputs it looks at
     * @param gamma as it stands in the exponent
     * @param weight in the sum of kernels
     */
    record Kernel(int[] columns, double gamma, double weight) {}

    /**
     * @param inputs all scaled inputs of each picture
     * @param mos their ratings
     * @param share how much each of them counts
     */
    record Rated(float[][] inputs, double[] mos, double[] share) {}

    /**
     * @param inputs all scaled inputs of each row
     * @param owner index of the rated picture whose rating the prediction must not know, or -1
     */
    record Asked(List<float[]> inputs, int[] owner) {}

    /**
     * @param head the machine, spread 1
     * @param asked its answers, each without the owner's rating
     */
    record Fit(ScoreHead head, double[] asked) {}

    /** @param ridge variance of a rating of share 1 against that of the kernel */
    static Fit fit(List<Kernel> kernels, double ridge, Rated rated, Asked asked) {
        int n = rated.mos().length;
        double whole = Arrays.stream(rated.share()).sum();
        double mean = 0;
        for (int i = 0; i < n; i++) {
            mean += rated.share()[i] * rated.mos()[i] / whole;
        }
        double[] above = new double[n];
        double[] noise = new double[n];
        for (int i = 0; i < n; i++) {
            above[i] = rated.mos()[i] - mean;
            noise[i] = ridge / rated.share()[i];
        }
        double[] answers = new double[asked.owner().length];
        double[] weights;
        try (PointerScope scope = new PointerScope()) {
            List<Tensor> centres = new ArrayList<>();
            kernels.forEach(kernel -> centres.add(tensor(List.of(rated.inputs()), kernel.columns())));
            Tensor inverse = inverse(kernels, centres, noise);
            Tensor solved = inverse.matmul(Tensor.create(above, n, 1));
            weights = doubles(solved);
            double[] own = doubles(inverse.diagonal());
            for (int from = 0; from < answers.length; from += CHUNK) {
                int to = Math.min(answers.length, from + CHUNK);
                try (PointerScope chunk = new PointerScope()) {
                    answer(kernels, centres, inverse, solved, asked, from, to, weights, own, answers);
                }
            }
        }
        for (int r = 0; r < answers.length; r++) {
            answers[r] += mean;
        }
        return new Fit(head(kernels, rated.inputs(), weights, mean), answers);
    }

    private static Tensor inverse(List<Kernel> kernels, List<Tensor> centres, double[] noise) {
        Tensor matrix = near(kernels, centres, centres);
        matrix.diagonal().add_(Tensor.create(noise));
        return cholesky_inverse(linalg_cholesky(matrix));
    }

    /**
     * What a machine says that was fitted without picture i differs from what the whole one says by {@code c_i / G_ii} times
     * {@code sum_j k(x, x_j) G_ji}, with G the inverse of the noisy kernel matrix and c the weights.
     */
    private static void answer(
            List<Kernel> kernels,
            List<Tensor> centres,
            Tensor inverse,
            Tensor solved,
            Asked asked,
            int from,
            int to,
            double[] weights,
            double[] own,
            double[] answers) {
        List<Tensor> rows = new ArrayList<>();
        kernels.forEach(kernel -> rows.add(tensor(asked.inputs().subList(from, to), kernel.columns())));
        Tensor near = near(kernels, rows, centres);
        double[] whole = doubles(near.matmul(solved));
        long[] owners = new long[to - from];
        for (int r = 0; r < owners.length; r++) {
            owners[r] = Math.max(0, asked.owner()[from + r]);
        }
        double[] leaning =
                doubles(near.mul(inverse.index_select(0, Tensor.create(owners))).sum(1));
        for (int r = 0; r < owners.length; r++) {
            int owner = asked.owner()[from + r];
            answers[from + r] = owner < 0 ? whole[r] : whole[r] - weights[owner] / own[owner] * leaning[r];
        }
    }

    private static ScoreHead head(List<Kernel> kernels, float[][] inputs, double[] weights, double mean) {
        List<ScoreHead.Kernel> parts = new ArrayList<>();
        for (Kernel kernel : kernels) {
            float[][] centres = new float[inputs.length][];
            float[] weighed = new float[inputs.length];
            for (int i = 0; i < inputs.length; i++) {
                centres[i] = selected(inputs[i], kernel.columns());
                weighed[i] = (float) (kernel.weight() * weights[i]);
            }
            parts.add(new ScoreHead.Kernel(kernel.columns(), centres, (float) kernel.gamma(), weighed));
        }
        return new ScoreHead(parts, List.of(), Optional.empty(), (float) mean, 1);
    }

    /** @return the sum of kernels between every row and every centre, {@code double[rows, centres]} */
    private static Tensor near(List<Kernel> kernels, List<Tensor> rows, List<Tensor> centres) {
        Tensor sum = null;
        for (int k = 0; k < kernels.size(); k++) {
            Tensor x = rows.get(k);
            Tensor z = centres.get(k);
            Tensor distance = x.matmul(z.t())
                    .mul_(new Scalar(-2.0))
                    .add_(x.square().sum(1).unsqueeze(1))
                    .add_(z.square().sum(1));
            Tensor part = distance.clamp_min_(new Scalar(0.0))
                    .mul_(new Scalar(-kernels.get(k).gamma()))
                    .exp_()
                    .mul_(new Scalar(kernels.get(k).weight()));
            sum = sum == null ? part : sum.add_(part);
        }
        return Objects.requireNonNull(sum, "at least one kernel");
    }

    private static float[] selected(float[] inputs, int[] columns) {
        float[] selected = new float[columns.length];
        for (int c = 0; c < columns.length; c++) {
            selected[c] = inputs[columns[c]];
        }
        return selected;
    }

    private static Tensor tensor(List<float[]> rows, int[] columns) {
        double[] flat = new double[rows.size() * columns.length];
        int at = 0;
        for (float[] row : rows) {
            for (int column : columns) {
                flat[at++] = row[column];
            }
        }
        return Tensor.create(flat, rows.size(), columns.length);
    }

    private static double[] doubles(Tensor tensor) {
        Tensor plain = tensor.contiguous();
        double[] values = new double[Math.toIntExact(plain.numel())];
        DoubleBuffer buffer = plain.createBuffer();
        buffer.get(values);
        return values;
    }
}
