package org.loupe.training.onealign;

import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;

/**
 * Registers parameters. What libtorch's own registration returns points into a list that moves when the next one joins it, so the caller keeps
 * the tensor that it gave.
 */
final class Parameters {
    private Parameters() {}

    /** @return the same tensor, frozen: whoever trains asks for gradients */
    static Tensor parameter(Module module, String name, Tensor tensor) {
        module.register_parameter(name, tensor, false);
        return tensor;
    }

    /** @return the parameter in the number type of what it meets: a trained one is kept in 32 bits, whatever the network computes in */
    static Tensor as(Tensor parameter, Tensor met) {
        return parameter.scalar_type() == met.scalar_type() ? parameter : parameter.to(met.scalar_type());
    }

    /** A stored table that is never learnt. */
    static Tensor table(Module module, String name, Tensor tensor) {
        module.register_buffer(name, tensor);
        return tensor;
    }
}
