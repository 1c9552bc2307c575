package org.loupe.training.onealign;

import java.io.IOException;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Mean and variance over the features. */
final class LayerNorm extends Layer {
    private final Tensor weight;
    private final Tensor bias;
    private final long width;
    private final double eps;

    LayerNorm(ParameterSource.Place place, long width, double eps) throws IOException {
        super("layer-norm");
        this.weight = Parameters.parameter(this, "weight", place.tensor("weight", width));
        this.bias = Parameters.parameter(this, "bias", place.tensor("bias", width));
        this.width = width;
        this.eps = eps;
    }

    @Override
    Tensor forward(Tensor x) {
        return torch.layer_norm(
                x,
                new long[] {width},
                new TensorOptional(Parameters.as(weight, x)),
                new TensorOptional(Parameters.as(bias, x)),
                eps,
                false);
    }
}
