package org.loupe.training.onealign;

import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;

/** A module that turns one tensor into one. */
abstract class Layer extends Module {
    Layer(String name) {
        super(name);
    }

    /** @return a new tensor, attached to the scope that is open */
    abstract Tensor forward(Tensor x);
}
