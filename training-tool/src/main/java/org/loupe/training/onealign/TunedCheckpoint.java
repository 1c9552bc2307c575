package org.loupe.training.onealign;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.ElementType;
import org.loupe.checkpoint.TensorInfo;

/**
 * The base as it became by training, computed while it is read: what learned as a whole comes from the network, {@code W + scale B A} where a
 * low-rank term was learned, the base's own numbers everywhere else. Names and shapes are the base's. What changed is of 32 bits whatever the
 * base is stored in: steps of training are smaller than those of 16 bits. Owns neither.
 */
final class TunedCheckpoint implements Checkpoint {
    private static final String WEIGHT = "weight";
    private static final String A = "lora_A.weight";
    private static final String B = "lora_B.weight";

    private final Checkpoint base;
    private final Map<String, Tensor> trained;
    private final double scale;

    TunedCheckpoint(Checkpoint base, TrainableOneAlign network) {
        this.base = base;
        this.trained = network.trained();
        Tuning.LowRank lowRank = network.tuning().lowRank();
        this.scale = lowRank == null ? 0 : lowRank.scale();
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        base.tensors()
                .forEach((name, info) ->
                        tensors.put(name, changed(name) ? new TensorInfo(name, ElementType.F32, info.shape()) : info));
        return tensors;
    }

    private boolean changed(String name) {
        return trained.containsKey(name) || trained.containsKey(module(name) + A);
    }

    /** @return the module's name and a dot */
    private static String module(String tensor) {
        return tensor.endsWith(WEIGHT) ? tensor.substring(0, tensor.length() - WEIGHT.length()) : tensor;
    }

    @Override
    public void read(String name, long first, float[] target, int at, int count) throws IOException {
        Tensor own = trained.get(name);
        if (own != null) {
            Tensors.read(own, first, target, at, count);
            return;
        }
        base.read(name, first, target, at, count);
        Tensor a = trained.get(module(name) + A);
        Tensor b = trained.get(module(name) + B);
        if (a != null && b != null) {
            add(a, b, first, target, at, count);
        }
    }

    /** Only the rows of the product that were asked for are computed. */
    private void add(Tensor a, Tensor b, long first, float[] target, int at, int count) {
        long in = a.size(1);
        long firstRow = first / in;
        long rows = (first + count - 1) / in - firstRow + 1;
        float[] change = new float[count];
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor product = b.narrow(0, firstRow, rows).matmul(a).mul(new Scalar(scale));
            Tensors.read(product, first - firstRow * in, change, 0, count);
        }
        for (int i = 0; i < count; i++) {
            target[at + i] += change[i];
        }
    }

    @Override
    public void close() {
        // Base and network belong to whoever opened them.
    }
}
