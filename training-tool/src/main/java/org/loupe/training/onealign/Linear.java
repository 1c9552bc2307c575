package org.loupe.training.onealign;

import java.io.IOException;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** {@code x W^T + b}, W stored {@code [out, in]}. */
final class Linear extends Layer {
    private final Tensor weight;
    private final TensorOptional bias;

    private Linear(Tensor weight, TensorOptional bias) {
        super("linear");
        this.weight = Parameters.parameter(this, "weight", weight);
        this.bias = bias;
    }

    static Linear plain(ParameterSource.Place place, long in, long out) throws IOException {
        return new Linear(place.tensor("weight", out, in), new TensorOptional());
    }

    static Linear withBias(ParameterSource.Place place, long in, long out) throws IOException {
        Tensor bias = place.tensor("bias", out);
        Linear linear = new Linear(place.tensor("weight", out, in), new TensorOptional(bias));
        Parameters.parameter(linear, "bias", bias);
        return linear;
    }

    @Override
    Tensor forward(Tensor x) {
        return torch.linear(x, weight, bias);
    }

    /** @return {@code x} times some rows of W only: {@code [batch, rows]} */
    Tensor rows(Tensor x, Tensor rows) {
        return torch.linear(x, weight.index_select(0, rows), bias);
    }
}
