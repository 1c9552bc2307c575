package org.loupe.training.objective;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** A network that answers with one number z; the score 1 + 4 sigmoid(z) never leaves 1..5. */
abstract class SingleOutput implements Objective {
    @Override
    public int outputs() {
        return 1;
    }

    @Override
    public Tensor scores(Tensor outputs) {
        return outputs.reshape(-1).sigmoid().mul(new Scalar(4.0)).add(new Scalar(1.0));
    }

    @Override
    public List<String> levelNames() {
        return List.of("best", "worst");
    }

    @Override
    public double[] levelWeights() {
        return new double[] {5, 1};
    }

    @Override
    public double[] levelLogits(double[] outputs) {
        return new double[] {outputs[0], 0};
    }
}
