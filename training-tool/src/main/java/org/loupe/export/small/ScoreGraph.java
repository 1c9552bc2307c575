package org.loupe.export.small;

import java.util.ArrayList;
import java.util.List;
import org.loupe.score.Task;

/** Score heads as nodes, see {@link ScoreHead} for what they compute. */
final class ScoreGraph {
    private ScoreGraph() {}

    /**
     * @param scaled everything heads may look at, {@code float[F, D]}
     * @return level logits {@code float[F, 1, 5]}, logarithms of probabilities
     */
    static String logits(Ops ops, Task task, ScoreHead head, String scaled) {
        String name = "score." + task.id();
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < head.kernels().size(); i++) {
            ops.scope(name + "/kernel." + i);
            parts.add(kernel(ops, head.kernels().get(i), scaled));
        }
        for (int i = 0; i < head.linears().size(); i++) {
            ops.scope(name + "/linear." + i);
            ScoreHead.Linear linear = head.linears().get(i);
            String seen = ops.gather(scaled, ops.namedIndices("columns", linear.columns()), 1);
            parts.add(
                    ops.matMul(seen, ops.named("weights", new long[] {linear.weights().length, 1}, linear.weights())));
        }
        float[] level = new float[SmallModel.LEVELS];
        float[] half = new float[SmallModel.LEVELS];
        for (int l = 0; l < SmallModel.LEVELS; l++) {
            level[l] = SmallModel.LEVELS - l;
            half[l] = level[l] * level[l] / 2;
        }
        if (head.committee().isPresent()) {
            String probabilities = ops.exp(
                    SmallGraph.ensemble(ops, task, head.committee().get().members(), scaled));
            ops.scope(name + "/committee");
            String score =
                    ops.sum(ops.mul(ops.reshape(probabilities, 0, SmallModel.LEVELS), ops.vector(level)), true, 1);
            parts.add(ops.mul(
                    score,
                    ops.named("weight", new long[] {1}, head.committee().get().weight())));
        }
        ops.scope(name);
        String u = parts.get(0);
        for (String part : parts.subList(1, parts.size())) {
            u = ops.add(u, part);
        }
        u = ops.add(u, ops.named("bias", new long[] {1}, head.bias())); // [F, 1]
        String spread = ops.named("spread", new long[] {1}, head.spread());
        String likelihood = ops.sub(ops.mul(u, ops.vector(level)), ops.vector(half));
        String logits = ops.div(likelihood, ops.square(spread));
        return ops.reshape(ops.logSoftmax(logits), 0, 1, SmallModel.LEVELS);
    }

    private static String kernel(Ops ops, ScoreHead.Kernel kernel, String scaled) {
        int inputs = kernel.columns().length;
        int count = kernel.weights().length;
        String seen = ops.mul(
                ops.gather(scaled, ops.namedIndices("columns", kernel.columns()), 1),
                ops.named("factors", new long[] {inputs}, kernel.factors()));
        float[] lengths = new float[count];
        for (int m = 0; m < count; m++) {
            double length = 0;
            for (float value : kernel.centres()[m]) {
                length += (double) value * value;
            }
            lengths[m] = (float) length;
        }
        String own = ops.sum(ops.square(seen), true, 1);
        if (kernel.form() == ScoreHead.Form.LAPLACE) {
            own = ops.add(own, ops.named("floor", new long[] {1}, ScoreHead.Form.FLOOR));
        }
        String centres = ops.named("centres", new long[] {inputs, count}, Matrices.transposed(kernel.centres()));
        // |x - z|^2 = |z|^2 - 2 x z + |x|^2
        String distance = ops.add(ops.product(seen, centres, ops.vector(lengths), -2), own);
        if (kernel.form() == ScoreHead.Form.LAPLACE) {
            // near a centre rounding takes the square below 0, by more than the floor where centres are kept in fewer
            // bits; exp alone does not mind
            distance = ops.sqrt(ops.relu(distance));
        }
        String near = ops.exp(ops.neg(distance));
        return ops.matMul(near, ops.named("weights", new long[] {count, 1}, kernel.weights()));
    }
}
