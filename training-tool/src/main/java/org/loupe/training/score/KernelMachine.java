package org.loupe.training.score;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.cholesky_solve;
import static org.bytedeco.pytorch.global.torch.linalg_cholesky;

import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
 * sum_i share_i ((g(x_i) - mos_i)^2 + consistency sum_s (f(x_i) - f(x_is))^2) + ridge |f|^2 + linear-ridge |w|^2 + ridge / offset sum_c o_c^2
 *     + sum_p weight_p max(0, margin - (f(better_p) - f(worse_p)))^2
 * </pre>
 *
 * f is the answer, a free constant being part of it; x_is is another size of x_i, and g(x_i) = f(x_i) + o_c with c the collection of picture i: what
 * raters thought of a whole collection on the day they rated it is not the picture's, so no answer holds it. Which pairs miss their margin is
 * asked anew after each solution.
 *
 * @see <a href="https://gaussianprocess.org/gpml/">Rasmussen and Williams, Gaussian Processes for Machine Learning, sections 2.2, 2.7 (constants)
 *     and 8.3.1 (fewer centres than rows)</a>
 */
final class KernelMachine {
    /** Rows looked at at once: bounds the memory that this takes. */
    private static final int CHUNK = 512;
    /** Added to the diagonal for each rated picture, as two equal pictures make two equal centres. */
    private static final double JITTER = 1e-8;

    private final Kernel kernel;
    private final int[] linear;
    private final int collections;
    private final Tensor centres;

    /** Its tensors belong to the open scope. */
    private KernelMachine(Kernel kernel, int[] linear, int collections, List<float[]> centres) {
        this.kernel = kernel;
        this.linear = linear;
        this.collections = collections;
        this.centres = places(centres);
    }

    /**
     * @param columns which inputs it looks at
     * @param factors by which they are multiplied before their distance is taken; they hold the kernel's width
     */
    record Kernel(ScoreHead.Form form, int[] columns, float[] factors) {}

    /**
     * @param ridge variance of a rating of share 1 against that of the kernel
     * @param linearRidge likewise of the linear part, over inputs divided by the root of their number; 0 for no linear part
     * @param offset variance of what a whole collection was rated higher or lower by, against that of the kernel; 0 for none
     * @param consistency weight of a difference between two sizes of one picture against one between score and rating
     * @param margin by how many levels the better picture of a pair should lie above
     * @param rounds how often it is asked which pairs miss their margin
     */
    record Penalties(double ridge, double linearRidge, double offset, double consistency, double margin, int rounds) {}

    /**
     * @param inputs all scaled inputs of each picture
     * @param mos their ratings
     * @param share how much each of them counts
     * @param collection number of each picture's collection, from 0
     * @param sizes all scaled inputs of other sizes of them
     * @param sizeOf the picture of each of those
     */
    record Rated(float[][] inputs, double[] mos, double[] share, int[] collection, List<float[]> sizes, int[] sizeOf) {}

    /**
     * @param centres scaled inputs of damaged pictures that become centres, too
     * @param better for each pair the picture that must lie above
     * @param worse and below
     * @param weight of each pair against a rated picture
     */
    record Damaged(List<float[]> centres, List<float[]> better, List<float[]> worse, double[] weight) {
        static final Damaged NONE = new Damaged(List.of(), List.of(), List.of(), new double[0]);
    }

    /** @return the machine, spread 1 */
    static ScoreHead fit(Kernel kernel, Penalties penalties, Rated rated, Damaged damaged) {
        int n = rated.mos().length;
        int[] linear = penalties.linearRidge() > 0 ? kernel.columns() : new int[0];
        int collections =
                penalties.offset() > 0 ? Arrays.stream(rated.collection()).max().orElseThrow() + 1 : 0;
        List<float[]> rows = List.of(rated.inputs());
        List<float[]> centres = new ArrayList<>(rows);
        centres.addAll(damaged.centres());
        double[] weights;
        try (PointerScope scope = new PointerScope()) {
            KernelMachine machine = new KernelMachine(kernel, linear, collections, centres);
            Tensor basis = machine.basis(rows);
            Tensor share = Tensor.create(rated.share(), n, 1);
            Tensor matrix = machine.penalty(penalties);
            machine.addSizes(matrix, basis, rated, penalties.consistency());
            machine.mark(basis, rated.collection());
            Tensor shared = basis.mul(share);
            Tensor right = shared.t().matmul(Tensor.create(rated.mos(), n, 1));
            matrix.add_(shared.t().matmul(basis));
            matrix.diagonal().add_(new Scalar(JITTER * n));
            Tensor solved = cholesky_solve(right, linalg_cholesky(matrix));
            if (!damaged.better().isEmpty()) {
                Tensor apart = machine.apart(damaged);
                Tensor weight = Tensor.create(damaged.weight(), damaged.weight().length, 1);
                for (int round = 0; round < penalties.rounds(); round++) {
                    try (PointerScope inner = new PointerScope()) {
                        Tensor missing = apart.matmul(solved)
                                .squeeze(1)
                                .lt(new Scalar(penalties.margin()))
                                .nonzero()
                                .squeeze(1);
                        Tensor missed = apart.index_select(0, missing);
                        Tensor weighed = missed.mul(weight.index_select(0, missing));
                        Tensor wanted = weighed.sum(0).unsqueeze(1).mul_(new Scalar(penalties.margin()));
                        Tensor heavier = weighed.t().matmul(missed).add_(matrix);
                        solved.copy_(cholesky_solve(right.add(wanted), linalg_cholesky(heavier)));
                    }
                }
            }
            weights = doubles(solved);
        }
        return machine(kernel, linear, centres, weights);
    }

    /** What sizes of one picture differ by must be little. */
    private void addSizes(Tensor matrix, Tensor basis, Rated rated, double consistency) {
        int count = rated.sizeOf().length;
        for (int from = 0; from < count && consistency > 0; from += CHUNK) {
            int to = Math.min(count, from + CHUNK);
            try (PointerScope chunk = new PointerScope()) {
                long[] of = new long[to - from];
                double[] weight = new double[of.length];
                for (int i = 0; i < of.length; i++) {
                    of[i] = rated.sizeOf()[from + i];
                    weight[i] = consistency * rated.share()[rated.sizeOf()[from + i]];
                }
                Tensor differ = basis(rated.sizes().subList(from, to)).sub_(basis.index_select(0, Tensor.create(of)));
                matrix.add_(
                        differ.mul(Tensor.create(weight, weight.length, 1)).t().matmul(differ));
            }
        }
    }

    private Tensor penalty(Penalties penalties) {
        int count = Math.toIntExact(centres.size(0));
        int all = count + 1 + linear.length + collections;
        Tensor penalty = Tensor.create(new double[1], 1, 1).expand(all, all).contiguous();
        penalty.narrow(0, 0, count).narrow(1, 0, count).copy_(near(centres).mul_(new Scalar(penalties.ridge())));
        double[] diagonal = new double[all];
        Arrays.fill(diagonal, count + 1, count + 1 + linear.length, penalties.linearRidge());
        Arrays.fill(diagonal, all - collections, all, penalties.ridge() / penalties.offset());
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

    private static ScoreHead machine(Kernel kernel, int[] linear, List<float[]> inputs, double[] weights) {
        int count = inputs.size();
        float[][] centres = new float[count][];
        float[] heights = new float[count];
        for (int i = 0; i < count; i++) {
            centres[i] = ScoreHead.Kernel.place(inputs.get(i), kernel.columns(), kernel.factors());
            heights[i] = (float) weights[i];
        }
        List<ScoreHead.Linear> linears = new ArrayList<>();
        if (linear.length > 0) {
            float[] slopes = new float[linear.length];
            for (int i = 0; i < slopes.length; i++) {
                slopes[i] = (float) (weights[count + 1 + i] / Math.sqrt(linear.length));
            }
            linears.add(new ScoreHead.Linear(linear, slopes));
        }
        return new ScoreHead(
                List.of(new ScoreHead.Kernel(kernel.form(), kernel.columns(), kernel.factors(), centres, heights)),
                linears,
                Optional.empty(),
                (float) weights[count],
                1);
    }

    /** @return the kernel to every centre, one, the inputs of the linear part, zero for every collection, {@code double[rows, basis]} */
    private Tensor basis(List<float[]> inputs) {
        int rows = inputs.size();
        TensorVector parts = new TensorVector();
        parts.push_back(near(places(inputs)));
        parts.push_back(Tensor.create(new double[] {1}, 1, 1).expand(rows, 1));
        if (linear.length > 0) {
            parts.push_back(raw(inputs).mul_(new Scalar(1 / Math.sqrt(linear.length))));
        }
        if (collections > 0) {
            parts.push_back(Tensor.create(new double[1], 1, 1).expand(rows, collections));
        }
        return cat(parts, 1);
    }

    /** Rated rows belong to their collections. */
    private void mark(Tensor basis, int[] collection) {
        if (collections > 0) {
            double[] ones = new double[collection.length * collections];
            for (int i = 0; i < collection.length; i++) {
                ones[i * collections + collection[i]] = 1;
            }
            basis.narrow(1, basis.size(1) - collections, collections)
                    .copy_(Tensor.create(ones, collection.length, collections));
        }
    }

    /** @return the kernel between every row and every centre, {@code double[rows, centres]} */
    private Tensor near(Tensor rows) {
        Tensor squared = rows.matmul(centres.t())
                .mul_(new Scalar(-2.0))
                .add_(rows.square().sum(1).unsqueeze(1))
                .add_(centres.square().sum(1))
                .clamp_min_(new Scalar(0.0));
        return (kernel.form() == ScoreHead.Form.LAPLACE
                        ? squared.add_(new Scalar(ScoreHead.Form.FLOOR)).sqrt_()
                        : squared)
                .neg_()
                .exp_();
    }

    /** @return inputs as the kernel sees them */
    private Tensor places(List<float[]> rows) {
        return tensor(rows, kernel.columns(), kernel.factors());
    }

    private Tensor raw(List<float[]> rows) {
        float[] ones = new float[linear.length];
        Arrays.fill(ones, 1);
        return tensor(rows, linear, ones);
    }

    private static Tensor tensor(List<float[]> rows, int[] columns, float[] factors) {
        double[] flat = new double[rows.size() * columns.length];
        int at = 0;
        for (float[] row : rows) {
            for (float value : ScoreHead.Kernel.place(row, columns, factors)) {
                flat[at++] = value;
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
