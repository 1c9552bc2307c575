package org.loupe.training.objective;

import org.bytedeco.pytorch.Tensor;
import org.loupe.training.network.Tensors;

/** Mean squared error of the score, in squared levels. */
final class RegressionObjective extends SingleOutput {
    @Override
    public Tensor loss(Tensor outputs, Targets targets, long seed) {
        Tensor rated = Objectives.like(outputs, Tensors.floats(targets.mos()), targets.mos().length);
        return scores(outputs).sub(rated).square().mean();
    }
}
