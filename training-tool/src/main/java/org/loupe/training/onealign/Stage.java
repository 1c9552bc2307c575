package org.loupe.training.onealign;

import java.util.List;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * One stretch of a pass. What it reads is enough to compute it again: a backward pass may keep the inputs of all stages and the inside of one.
 *
 * @param module what it takes its parameters from
 * @param work computes it; returns tensors attached to the scope that is open, or some of those it was given
 */
record Stage(Module module, Work work) {
    /** Turns what the stage before returned into what the next one reads. */
    @FunctionalInterface
    interface Work {
        Tensor[] forward(Tensor[] in);
    }

    /** A stage that reads one tensor and returns one. */
    static Stage of(Module module, Layered layer) {
        return new Stage(module, in -> new Tensor[] {layer.forward(in[0])});
    }

    /** Turns one tensor into one. */
    @FunctionalInterface
    interface Layered {
        Tensor forward(Tensor x);
    }

    /** @return what it returns alone; the rest is freed, unless a gradient still needs it */
    Tensor[] run(Tensor[] in) {
        return Scopes.keepResults(() -> work.forward(in));
    }

    /** Runs stages one after the other. */
    static Tensor[] run(List<Stage> stages, Tensor[] in) {
        Tensor[] x = in;
        for (Stage stage : stages) {
            x = stage.run(x);
        }
        return x;
    }

    /** @return whether any parameter of it wants a gradient */
    boolean trains() {
        TensorVector parameters = module.parameters();
        for (long i = 0; i < parameters.size(); i++) {
            if (parameters.get(i).requires_grad()) {
                return true;
            }
        }
        return false;
    }
}
