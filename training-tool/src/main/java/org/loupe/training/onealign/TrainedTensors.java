package org.loupe.training.onealign;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.ElementType;
import org.loupe.checkpoint.TensorInfo;

/** What learned, and nothing else, read as a checkpoint of 32-bit numbers. Owns nothing. */
final class TrainedTensors implements Checkpoint {
    private final Map<String, Tensor> trained;
    private final Map<String, TensorInfo> infos = new TreeMap<>();

    TrainedTensors(TrainableOneAlign network) {
        this.trained = network.trained();
        trained.forEach((name, tensor) -> infos.put(name, new TensorInfo(name, ElementType.F32, shape(tensor))));
    }

    private static List<Long> shape(Tensor tensor) {
        List<Long> shape = new ArrayList<>();
        for (long dim = 0; dim < tensor.dim(); dim++) {
            shape.add(tensor.size(dim));
        }
        return shape;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return infos;
    }

    @Override
    public void read(String name, long first, float[] target, int at, int count) {
        Tensor tensor = trained.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(name + " did not learn");
        }
        Tensors.read(tensor, first, target, at, count);
    }

    @Override
    public void close() {
        // The network belongs to whoever opened it.
    }
}
