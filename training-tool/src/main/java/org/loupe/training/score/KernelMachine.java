package org.loupe.training.score;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.cholesky_solve;
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
import org.bytedeco.pytorch.TensorVector;
import org.loupe.export.small.ScoreHead;

/**
 * Kernel ridge regression on rated pictures, all of which become centres, with a linear part and pairs of which one picture must lie above
 * the other where they are wanted. Everything is solved in double precision, as the smallest eigenvalues of the kernel matrix carry much of the
 * answer. The same input gives the same numbers on one machine. Takes some eight matrices of centres x centres doubles while it is fitted.
 *
 * <pre>
 * sum_i share_i (f(x_i) - mos_i)^2 + ridge |f|^2 + linear-ridge |w|^2 + weight sum_p max(0, margin - (f(better_p) - f(worse_p)))^2
 * </pre>
 *
 * Which pairs miss their margin is asked anew after each solution.
 *
 * @see <a href="https://gaussianprocess.org/gpml/">Rasmussen and Williams, Gaussian Processes for Machine Learning, sections 2.2 and 8.3.1
 *     (fewer centres than rows)</a>
 */
final class KernelMachine {
    /** Rows predicted at once: bounds the memory that this takes. */
    private static final int CHUNK = 512;
    /** Added to the diagonal for each rated picture, as two equal pictures make two equal centres. */
    private static final double JITTER = 1e-8;

    private final List<Kernel> kernels;
    private final int[] linear;
    private final List<Tensor> centres = new ArrayList<>();

    /** Its tensors belong to the open scope. */
    private KernelMachine(List<Kernel> kernels, int[] linear, List<float[]> centres) {
        this.kernels = kernels;
        this.linear = linear;
        kernels.forEach(kernel -> this.centres.add(tensor(centres, kernel.columns())));
    }

    /**
     * @param columns which inputs it looks at
     * @param gamma as it stands in the exponent
     * @param weight in the sum of kernels
     */
    record Kernel(int[] columns, double gamma, double weight) {}

    /**
     * @param ridge variance of a rating of share 1 against that of the kernel
     * @param linearRidge likewise of the linear part, over inputs divided by the root of their number; 0 for no linear part
     * @param margin by how many levels the better picture of a pair should lie above
     * @param weight of a pair against a rated picture
     * @param rounds how often it is asked which pairs miss their margin
     */
    record Penalties(double ridge, double linearRidge, double margin, double weight, int rounds) {}

    /**
     * @param inputs all scaled inputs of each picture
     * @param mos their ratings
     * @param share how much each of them counts
     */
    record Rated(float[][] inputs, double[] mos, double[] share) {}

    /**
     * @param centres scaled inputs of damaged pictures that become centres, too
     * @param better for each pair the picture that must lie above
     * @param worse and below
     */
    record Damaged(List<float[]> centres, List<float[]> better, List<float[]> worse) {
        static final Damaged NONE = new Damaged(List.of(), List.of(), List.of());
    }

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

    static Fit fit(List<Kernel> kernels, Penalties penalties, Rated rated, Damaged damaged, Asked asked) {
        int n = rated.mos().length;
        double whole = Arrays.stream(rated.share()).sum();
        double mean = 0;
        for (int i = 0; i < n; i++) {
            mean += rated.share()[i] * rated.mos()[i] / whole;
        }
        double[] above = new double[n];
        for (int i = 0; i < n; i++) {
            above[i] = rated.mos()[i] - mean;
        }
        int[] linear = penalties.linearRidge() > 0
                ? kernels.stream()
                        .flatMapToInt(kernel -> Arrays.stream(kernel.columns()))
                        .distinct()
                        .sorted()
                        .toArray()
                : new int[0];
        List<float[]> rows = List.of(rated.inputs());
        List<float[]> centres = new ArrayList<>(rows);
        centres.addAll(damaged.centres());
        double[] answers = new double[asked.owner().length];
        double[] weights;
        try (PointerScope scope = new PointerScope()) {
            KernelMachine machine = new KernelMachine(kernels, linear, centres);
            Tensor basis = machine.basis(rows);
            Tensor shared = basis.mul(Tensor.create(rated.share(), n, 1));
            Tensor right = shared.t().matmul(Tensor.create(above, n, 1));
            Tensor matrix = machine.penalty(penalties).add_(shared.t().matmul(basis));
            matrix.diagonal().add_(new Scalar(JITTER * n));
            Tensor factor = linalg_cholesky(matrix);
            Tensor solved = cholesky_solve(right, factor);
            if (!damaged.better().isEmpty() && penalties.weight() > 0) {
                Tensor apart = machine.apart(damaged);
                for (int round = 0; round < penalties.rounds(); round++) {
                    try (PointerScope inner = new PointerScope()) {
                        Tensor missed = missed(apart, solved, penalties.margin());
                        Tensor heavier = matrix.add(missed.t().matmul(missed).mul_(new Scalar(penalties.weight())));
                        Tensor wanted =
                                missed.sum(0).unsqueeze(1).mul(new Scalar(penalties.weight() * penalties.margin()));
                        factor.copy_(linalg_cholesky(heavier));
                        solved.copy_(cholesky_solve(right.add(wanted), factor));
                    }
                }
            }
            weights = doubles(solved);
            Tensor leverage = asked.inputs().isEmpty() ? null : cholesky_solve(basis.t(), factor);
            double[] missing = missing(above, doubles(basis.matmul(solved)));
            for (int from = 0; leverage != null && from < answers.length; from += CHUNK) {
                int to = Math.min(answers.length, from + CHUNK);
                try (PointerScope chunk = new PointerScope()) {
                    machine.answer(rated.share(), basis, leverage, solved, asked, from, to, missing, answers);
                }
            }
        }
        for (int r = 0; r < answers.length; r++) {
            answers[r] += mean;
        }
        return new Fit(head(kernels, linear, centres, weights, mean), answers);
    }

    private static double[] missing(double[] wanted, double[] said) {
        double[] missing = new double[wanted.length];
        for (int i = 0; i < wanted.length; i++) {
            missing[i] = wanted[i] - said[i];
        }
        return missing;
    }

    private static Tensor missed(Tensor apart, Tensor solved, double margin) {
        Tensor missing =
                apart.matmul(solved).squeeze(1).lt(new Scalar(margin)).nonzero().squeeze(1);
        return apart.index_select(0, missing);
    }

    private Tensor penalty(Penalties penalties) {
        Tensor near = near(centres).mul_(new Scalar(penalties.ridge()));
        int count = Math.toIntExact(near.size(0));
        Tensor penalty = Tensor.create(new double[1], 1, 1)
                .expand(count + linear.length, count + linear.length)
                .contiguous();
        penalty.narrow(0, 0, count).narrow(1, 0, count).copy_(near);
        double[] diagonal = new double[count + linear.length];
        Arrays.fill(diagonal, count, diagonal.length, penalties.linearRidge());
        penalty.diagonal().add_(Tensor.create(diagonal));
        return penalty;
    }

    /** @return what better and worse pictures differ by in the basis */
    private Tensor apart(Damaged damaged) {
        int pairs = damaged.better().size();
        Tensor apart = basis(damaged.better());
        for (int from = 0; from < pairs; from += CHUNK) {
            int to = Math.min(pairs, from + CHUNK);
            try (PointerScope chunk = new PointerScope()) {
                apart.narrow(0, from, to - from).sub_(basis(damaged.worse().subList(from, to)));
            }
        }
        return apart;
    }

    /**
     * What a machine says that was fitted without picture i differs from what the whole one says by the leverage of i on the row, times what
     * the whole one misses of its rating, over 1 minus the leverage of i on itself. Pairs are taken to miss their margins as before.
     */
    private void answer(
            double[] share,
            Tensor basis,
            Tensor leverage,
            Tensor solved,
            Asked asked,
            int from,
            int to,
            double[] missing,
            double[] answers) {
        Tensor rows = basis(asked.inputs().subList(from, to));
        double[] whole = doubles(rows.matmul(solved));
        long[] owners = new long[to - from];
        for (int r = 0; r < owners.length; r++) {
            owners[r] = Math.max(0, asked.owner()[from + r]);
        }
        Tensor index = Tensor.create(owners);
        Tensor pulls = leverage.index_select(1, index).t();
        double[] onRow = doubles(rows.mul(pulls).sum(1));
        double[] onItself = doubles(basis.index_select(0, index).mul(pulls).sum(1));
        for (int r = 0; r < owners.length; r++) {
            int owner = asked.owner()[from + r];
            answers[from + r] = owner < 0
                    ? whole[r]
                    : whole[r] - share[owner] * onRow[r] * missing[owner] / (1 - share[owner] * onItself[r]);
        }
    }

    private static ScoreHead head(
            List<Kernel> kernels, int[] linear, List<float[]> inputs, double[] weights, double mean) {
        int count = inputs.size();
        List<ScoreHead.Kernel> parts = new ArrayList<>();
        for (Kernel kernel : kernels) {
            float[][] centres = new float[count][];
            float[] weighed = new float[count];
            for (int i = 0; i < count; i++) {
                centres[i] = selected(inputs.get(i), kernel.columns());
                weighed[i] = (float) (kernel.weight() * weights[i]);
            }
            parts.add(new ScoreHead.Kernel(kernel.columns(), centres, (float) kernel.gamma(), weighed));
        }
        List<ScoreHead.Linear> linears = new ArrayList<>();
        if (linear.length > 0) {
            float[] slopes = new float[linear.length];
            for (int i = 0; i < slopes.length; i++) {
                slopes[i] = (float) (weights[count + i] / Math.sqrt(linear.length));
            }
            linears.add(new ScoreHead.Linear(linear, slopes));
        }
        return new ScoreHead(parts, linears, Optional.empty(), (float) mean, 1);
    }

    /** @return the kernel to every centre, then the inputs of the linear part, {@code double[rows, basis]} */
    private Tensor basis(List<float[]> inputs) {
        List<Tensor> rows = new ArrayList<>();
        kernels.forEach(kernel -> rows.add(tensor(inputs, kernel.columns())));
        Tensor near = near(rows);
        return linear.length == 0
                ? near
                : cat(new TensorVector(near, tensor(inputs, linear).mul_(new Scalar(1 / Math.sqrt(linear.length)))), 1);
    }

    /** @return the sum of kernels between every row and every centre, {@code double[rows, centres]} */
    private Tensor near(List<Tensor> rows) {
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
