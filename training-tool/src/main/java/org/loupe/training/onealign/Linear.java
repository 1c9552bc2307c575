package org.loupe.training.onealign;

import java.io.IOException;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** {@code x W^T + b}, W stored {@code [out, in]}, plus a low-rank term where one is being learnt. */
final class Linear extends Layer {
    private final Tensor weight;
    private final @Nullable Tensor bias;
    private @Nullable LowRankTerm term;

    private Linear(Tensor weight, @Nullable Tensor bias) {
        super("linear");
        this.weight = Parameters.parameter(this, "weight", weight);
        this.bias = bias == null ? null : Parameters.parameter(this, "bias", bias);
    }

    static Linear plain(ParameterSource.Place place, long in, long out) throws IOException {
        return new Linear(place.tensor("weight", out, in), null);
    }

    static Linear withBias(ParameterSource.Place place, long in, long out) throws IOException {
        Tensor bias = place.tensor("bias", out);
        return new Linear(place.tensor("weight", out, in), bias);
    }

    /** Adds a term to every product from now on. */
    void adapt(LowRankTerm added) {
        added.joinTo(this);
        term = added;
    }

    Tensor weight() {
        return weight;
    }

    /** @return features that come in */
    long in() {
        return weight.size(1);
    }

    /** @return features that go out */
    long out() {
        return weight.size(0);
    }

    @Override
    Tensor forward(Tensor x) {
        Tensor product = torch.linear(x, Parameters.as(weight, x), biasFor(x));
        return term == null ? product : product.add(term.forward(x));
    }

    /** @return {@code x} times some rows of W only: {@code [batch, rows]} */
    Tensor rows(Tensor x, Tensor rows) {
        return torch.linear(x, Parameters.as(weight.index_select(0, rows), x), biasFor(x));
    }

    private TensorOptional biasFor(Tensor x) {
        return bias == null ? new TensorOptional() : new TensorOptional(Parameters.as(bias, x));
    }
}
