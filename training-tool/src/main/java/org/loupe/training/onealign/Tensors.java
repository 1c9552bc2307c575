package org.loupe.training.onealign;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Copies numbers out of tensors. */
final class Tensors {
    private Tensors() {}

    /**
     * Reads consecutive elements, row by row.
     *
     * @param tensor {@code float32}, on any device
     * @param first index of the first element, counted over the whole tensor
     */
    static void read(Tensor tensor, long first, float[] target, int at, int count) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            tensor.detach()
                    .contiguous()
                    .view(-1)
                    .narrow(0, first, count)
                    .cpu()
                    .data_ptr_float()
                    .get(target, at, count);
        }
    }
}
