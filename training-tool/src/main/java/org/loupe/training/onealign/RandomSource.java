package org.loupe.training.onealign;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Random parameters, to measure how long a network takes. All layers of a part share the tensors of its first: one decoder layer of OneAlign
 * is far larger than any cache, so its products take as long as if each layer had its own, and a network of 33 GB fits on a laptop.
 */
final class RandomSource implements ParameterSource {
    private static final Pattern LAYER = Pattern.compile("\\blayers\\.\\d+\\.");

    private final NumberType type;
    private final Map<String, Tensor> first = new HashMap<>();

    RandomSource(NumberType type, long seed) {
        this.type = type;
        torch.manual_seed(seed);
    }

    @Override
    public Tensor tensor(String name, long... shape) {
        return first.computeIfAbsent(LAYER.matcher(name).replaceAll("layers.0."), key -> create(key, shape));
    }

    /** Norms leave their input as it is, matrices keep its size: no layer runs into infinities or denormal numbers. */
    private Tensor create(String name, long[] shape) {
        boolean gain = shape.length == 1 && name.endsWith(".weight");
        TensorOptions options = new TensorOptions(type.scalarType());
        if (gain) {
            return torch.torch_full(shape, new Scalar(1.0), options);
        }
        double spread = shape.length == 2 ? 1 / Math.sqrt((double) shape[1]) : 0.02;
        return torch.torch_randn(shape, options).mul_(new Scalar(spread));
    }
}
