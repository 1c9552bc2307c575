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
 * Kernel ridge regression with a free constant, a linear part where one is wanted, rows whose answers are told, and pairs of rows whose answers
 * differ by as much or at least so much. Everything is solved in double precision, as the smallest eigenvalues of the kernel matrix carry much of
 * the answer. The same input gives the same numbers on one machine. Takes some eight matrices of centres x centres doubles while it is fitted.
 *
 * <pre>
 * sum_i share_i (f(x_i) + o_c(i) - value_i)^2 + weight sum_d (f(first_d) - f(second_d) - value_d)^2
 *     + sum_p weight_p max(0, margin_p - (f(better_p) - f(worse_p)))^2 + ridge |f|^2 + linear-ridge |w|^2 + ridge / offset sum_c o_c^2
 * </pre>
 *
 * o_c belongs to collection c and is no part of f: what raters thought of a whole collection on the day they rated it is not the picture's.
 * Which pairs miss their margin is asked anew after each solution.
 *
 * @see <a href="https://gaussianprocess.org/gpml/">Rasmussen and Williams, Gaussian Processes for Machine Learning, sections 2.2, 2.7 (constants)
 *     and 8.3.1 (fewer centres than rows)</a>
 */
final class KernelMachine {
    /** Rows looked at at once: bounds the memory that this takes. */
    private static final int CHUNK = 512;
    /** Added to the diagonal for each row that is told, as two equal pictures make two equal centres. */
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
        this.centres = tensor(centres, kernel.columns(), kernel.factors());
    }

    /**
     * @param columns which inputs it looks at
     * @param factors by which they are multiplied before their distance is taken; they hold the kernel's width
     */
    record Kernel(ScoreHead.Form form, int[] columns, float[] factors) {}

    /**
     * @param ridge variance of a told answer of share 1 against that of the kernel
     * @param linearRidge likewise of the linear part, over inputs divided by the root of their number; 0 for no linear part
     * @param offset variance of what a whole collection is told higher or lower by, against that of the kernel; 0 for none
     * @param rounds how often it is asked which pairs miss their margin
     */
    record Penalties(double ridge, double linearRidge, double offset, int rounds) {}

    /**
     * @param inputs all scaled inputs of each row
     * @param value what should be answered
     * @param share how much each of them counts
     * @param collection number of each row's collection, from 0
     */
    record Told(List<float[]> inputs, double[] value, double[] share, int[] collection) {}

    /**
     * @param first all scaled inputs of one row of each pair
     * @param second of the other
     * @param value what the answers should differ by, first less second
     * @param weight of each, against a told answer
     */
    record Differences(List<float[]> first, List<float[]> second, double[] value, double weight) {
        static final Differences NONE = new Differences(List.of(), List.of(), new double[0], 0);
    }

    /**
     * @param better for each pair the row that must lie above
     * @param worse and below
     * @param margin by how much at least
     * @param weight of each pair, against a told answer
     */
    record Pairs(List<float[]> better, List<float[]> worse, double[] margin, double[] weight) {
        static final Pairs NONE = new Pairs(List.of(), List.of(), new double[0], new double[0]);
    }

    /**
     * @param inputs all scaled inputs of each row
     * @param owner index of the told row whose value the answer must not know, or -1
     */
    record Asked(List<float[]> inputs, int[] owner) {
        static final Asked NOTHING = new Asked(List.of(), new int[0]);
    }

    /**
     * @param head the machine, spread 1
     * @param asked its answers, each without the owner's value
     */
    record Fit(ScoreHead head, double[] asked) {}

    static Fit fit(
            Kernel kernel,
            Penalties penalties,
            List<float[]> centres,
            Told told,
            Differences differences,
            Pairs pairs,
            Asked asked) {
        int n = told.value().length;
        int[] linear = penalties.linearRidge() > 0 ? kernel.columns() : new int[0];
        int collections =
                penalties.offset() > 0 ? Arrays.stream(told.collection()).max().orElseThrow() + 1 : 0;
        double[] answers = new double[asked.owner().length];
        try (PointerScope scope = new PointerScope()) {
            KernelMachine machine = new KernelMachine(kernel, linear, collections, centres);
            Tensor basis = machine.basis(told.inputs());
            machine.mark(basis, told.collection());
            Tensor shared = basis.mul(column(told.share()));
            Tensor right = shared.t().matmul(column(told.value()));
            Tensor matrix = machine.penalty(penalties).add_(shared.t().matmul(basis));
            matrix.diagonal().add_(new Scalar(JITTER * n));
            machine.add(differences, matrix, right);
            Tensor factor = linalg_cholesky(matrix);
            Tensor solved = cholesky_solve(right, factor);
            if (!pairs.better().isEmpty()) {
                machine.order(pairs, penalties.rounds(), matrix, right, factor, solved);
            }
            if (answers.length > 0) {
                Tensor leverage = cholesky_solve(basis.t(), factor);
                double[] missing = missing(told.value(), doubles(basis.matmul(solved)));
                for (int from = 0; from < answers.length; from += CHUNK) {
                    int to = Math.min(answers.length, from + CHUNK);
                    try (PointerScope chunk = new PointerScope()) {
                        machine.answer(told.share(), basis, leverage, solved, asked, from, to, missing, answers);
                    }
                }
            }
            return new Fit(head(kernel, linear, centres, doubles(solved)), answers);
        }
    }

    private void add(Differences differences, Tensor matrix, Tensor right) {
        for (int from = 0; from < differences.value().length; from += CHUNK) {
            int to = Math.min(differences.value().length, from + CHUNK);
            try (PointerScope chunk = new PointerScope()) {
                Tensor apart = basis(differences.first().subList(from, to))
                        .sub_(basis(differences.second().subList(from, to)));
                Tensor weighed = apart.mul(new Scalar(differences.weight())).t();
                matrix.add_(weighed.matmul(apart));
                right.add_(weighed.matmul(column(Arrays.copyOfRange(differences.value(), from, to))));
            }
        }
    }

    /** Leaves the last solution in {@code solved} and what it was solved with in {@code factor}. */
    private void order(Pairs pairs, int rounds, Tensor matrix, Tensor right, Tensor factor, Tensor solved) {
        int count = pairs.margin().length;
        Tensor apart = basis(pairs.better());
        for (int from = 0; from < count; from += CHUNK) {
            int to = Math.min(count, from + CHUNK);
            try (PointerScope chunk = new PointerScope()) {
                apart.narrow(0, from, to - from).sub_(basis(pairs.worse().subList(from, to)));
            }
        }
        Tensor margin = column(pairs.margin());
        Tensor weight = column(pairs.weight());
        for (int round = 0; round < rounds; round++) {
            try (PointerScope inner = new PointerScope()) {
                Tensor missing =
                        apart.matmul(solved).lt(margin).squeeze(1).nonzero().squeeze(1);
                Tensor missed = apart.index_select(0, missing);
                Tensor weighed = missed.mul(weight.index_select(0, missing)).t();
                factor.copy_(linalg_cholesky(weighed.matmul(missed).add_(matrix)));
                Tensor wanted = weighed.matmul(margin.index_select(0, missing)).add_(right);
                solved.copy_(cholesky_solve(wanted, factor));
            }
        }
    }

    private static double[] missing(double[] wanted, double[] said) {
        double[] missing = new double[wanted.length];
        for (int i = 0; i < wanted.length; i++) {
            missing[i] = wanted[i] - said[i];
        }
        return missing;
    }

    /**
     * What a machine says that was not told row i differs from what the whole one says by the leverage of i on the row asked, times what the
     * whole one misses of its value, over 1 minus the leverage of i on itself. Pairs are taken to miss their margins as before.
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

    private static ScoreHead head(Kernel kernel, int[] linear, List<float[]> inputs, double[] weights) {
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
        parts.push_back(near(tensor(inputs, kernel.columns(), kernel.factors())));
        parts.push_back(Tensor.create(new double[] {1}, 1, 1).expand(rows, 1));
        if (linear.length > 0) {
            float[] even = new float[linear.length];
            Arrays.fill(even, (float) (1 / Math.sqrt(linear.length)));
            parts.push_back(tensor(inputs, linear, even));
        }
        if (collections > 0) {
            parts.push_back(Tensor.create(new double[1], 1, 1).expand(rows, collections));
        }
        return cat(parts, 1);
    }

    /** Told rows belong to their collections. */
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

    private static Tensor column(double[] values) {
        return Tensor.create(values, values.length, 1);
    }

    private static double[] doubles(Tensor tensor) {
        Tensor plain = tensor.contiguous();
        double[] values = new double[Math.toIntExact(plain.numel())];
        DoubleBuffer buffer = plain.createBuffer();
        buffer.get(values);
        return values;
    }
}
