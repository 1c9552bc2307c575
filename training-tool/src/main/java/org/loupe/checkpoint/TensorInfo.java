package org.loupe.checkpoint;

import java.util.List;

/**
 * What a checkpoint says of one tensor.
 *
 * @param name as stored, for instance {@code model.layers.0.self_attn.q_proj.weight}
 * @param type stored element type
 * @param shape dimensions, outermost first; empty for a single number
 */
public record TensorInfo(String name, ElementType type, List<Long> shape) {
    public TensorInfo {
        shape = List.copyOf(shape);
    }

    /** @return number of elements */
    public long elements() {
        long count = 1;
        for (long dim : shape) {
            count = Math.multiplyExact(count, dim);
        }
        return count;
    }

    /** @return bytes the elements take */
    public long bytes() {
        return Math.multiplyExact(elements(), (long) type.bytes());
    }
}
