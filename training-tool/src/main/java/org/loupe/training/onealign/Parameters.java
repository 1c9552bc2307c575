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

    /** A stored table that is never learnt. */
    static Tensor table(Module module, String name, Tensor tensor) {
        module.register_buffer(name, tensor);
        return tensor;
    }
}
