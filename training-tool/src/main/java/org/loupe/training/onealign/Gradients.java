package org.loupe.training.onealign;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A forward and a backward pass over stages. Stages before the first that trains keep nothing. Of the others either everything stays in
 * memory until its gradient is known, or, with {@code recompute}, only what enters them: a stage is then computed a second time when its
 * gradient is due, which costs about a third more time and holds the inside of one stage instead of all.
 *
 * @see <a href="https://arxiv.org/abs/1604.06174">Training deep nets with sublinear memory cost</a>
 */
final class Gradients {
    private final List<Stage> stages;
    private final UnaryOperator<Tensor> loss;
    private final boolean recompute;
    private final IntConsumer beforeStage;
    private final int first;

    /**
     * @param loss a scalar of what the last stage returned
     * @param beforeStage told the index of a stage each time it is about to be computed, so that what is random in it can be the same again
     */
    Gradients(List<Stage> stages, UnaryOperator<Tensor> loss, boolean recompute, IntConsumer beforeStage) {
        this.stages = stages;
        this.loss = loss;
        this.recompute = recompute;
        this.beforeStage = beforeStage;
        this.first = firstTrained(stages);
    }

    private static int firstTrained(List<Stage> stages) {
        int first = 0;
        while (first < stages.size() && !stages.get(first).trains()) {
            first++;
        }
        return first;
    }

    /**
     * Adds the gradients of {@code share} times the loss to those of the parameters. Needs an open scope.
     *
     * @return the loss itself
     */
    double add(Tensor in, double share) {
        Tensor[] x = {in};
        try (NoGradGuard guard = new NoGradGuard()) {
            for (int i = 0; i < first; i++) {
                x = run(i, x);
            }
        }
        return recompute ? twice(x, share) : once(x, share);
    }

    private double once(Tensor[] from, double share) {
        Tensor[] x = from;
        for (int i = first; i < stages.size(); i++) {
            x = run(i, x);
        }
        Tensor value = loss.apply(x[0]);
        value.mul(new Scalar(share)).backward();
        return value.item_double();
    }

    private double twice(Tensor[] from, double share) {
        List<Tensor[]> inputs = new ArrayList<>();
        List<boolean[]> wanted = new ArrayList<>();
        Tensor[] x = from;
        boolean[] wants = new boolean[from.length];
        try (NoGradGuard guard = new NoGradGuard()) {
            for (int i = first; i < stages.size(); i++) {
                inputs.add(x);
                wanted.add(wants);
                Tensor[] out = run(i, x);
                wants = passedOn(x, wants, out);
                x = out;
            }
        }
        Tensor[] gradients;
        double value;
        try (PointerScope scope = new PointerScope()) {
            Tensor[] leaves = leaves(x, wants);
            Tensor lossValue = loss.apply(leaves[0]);
            lossValue.mul(new Scalar(share)).backward();
            value = lossValue.item_double();
            gradients = gradients(leaves, wants);
        }
        for (int i = stages.size() - 1; i >= first; i--) {
            try (PointerScope scope = new PointerScope()) {
                Tensor[] leaves = leaves(inputs.get(i - first), wanted.get(i - first));
                Tensor[] out = run(i, leaves);
                backward(out, gradients);
                gradients = gradients(leaves, wanted.get(i - first));
            }
        }
        release(gradients);
        return value;
    }

    private Tensor[] run(int stage, Tensor[] x) {
        beforeStage.accept(stage);
        return stages.get(stage).run(x);
    }

    /** What a stage hands on untouched needs a gradient only if it did before; whatever it computes may depend on parameters. */
    private static boolean[] passedOn(Tensor[] in, boolean[] wants, Tensor[] out) {
        boolean[] result = new boolean[out.length];
        for (int o = 0; o < out.length; o++) {
            result[o] = true;
            for (int i = 0; i < in.length; i++) {
                if (out[o].is_same(in[i])) {
                    result[o] = wants[i];
                }
            }
        }
        return result;
    }

    private static Tensor[] leaves(Tensor[] values, boolean[] wants) {
        Tensor[] leaves = new Tensor[values.length];
        for (int i = 0; i < values.length; i++) {
            leaves[i] = values[i].detach();
            leaves[i].set_requires_grad(wants[i]);
        }
        return leaves;
    }

    /** The gradients of the leaves outlive the scope they were computed in: whoever uses them releases them. */
    private static Tensor[] gradients(Tensor[] leaves, boolean[] wants) {
        Tensor[] gradients = new Tensor[leaves.length];
        for (int i = 0; i < leaves.length; i++) {
            // What grad() returns lies inside the leaf and goes with it; detach() makes a tensor of its own on the same
            // numbers.
            Tensor inside = leaves[i].grad();
            gradients[i] = wants[i] && inside.defined() ? inside.detach() : new Tensor();
            gradients[i].retainReference();
        }
        return gradients;
    }

    private static void backward(Tensor[] outputs, Tensor[] gradients) {
        TensorVector from = new TensorVector();
        TensorVector with = new TensorVector();
        for (int i = 0; i < outputs.length; i++) {
            if (outputs[i].requires_grad() && gradients[i].defined()) {
                from.push_back(outputs[i]);
                with.push_back(gradients[i]);
            }
        }
        torch.backward(from, with, new BoolOptional(), false, new TensorVector());
        release(gradients);
    }

    private static void release(Tensor[] gradients) {
        for (Tensor gradient : gradients) {
            gradient.releaseReference();
        }
    }
}
