package org.loupe.training.onealign;

import java.io.IOException;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** {@code w * x / sqrt(mean(x^2) + eps)} over the features, computed in 32 bits. */
final class RmsNorm extends Layer {
    private final Tensor weight;
    private final double eps;

    RmsNorm(ParameterSource.Place place, long width, double eps) throws IOException {
        super("rms-norm");
        this.weight = Parameters.parameter(this, "weight", place.tensor("weight", width));
        this.eps = eps;
    }

    @Override
    Tensor forward(Tensor x) {
        Tensor wide = x.to(ScalarType.Float);
        Tensor mean = wide.square().mean(new long[] {-1}, true, new ScalarTypeOptional());
        Tensor scaled = wide.mul(mean.add(new Scalar(eps)).rsqrt());
        return Parameters.as(weight, x).mul(scaled.to(x.scalar_type()));
    }
}
