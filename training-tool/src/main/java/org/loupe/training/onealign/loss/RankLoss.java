package org.loupe.training.onealign.loss;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * How far the predicted order of pairs is from the rated one. Every tensor is {@code float32[pair]}.
 *
 * @see <a href="https://arxiv.org/abs/2501.11561">DeQA-Score</a>
 */
final class RankLoss {
    private static final double EPSILON = 1e-8;

    private RankLoss() {}

    /** @return the chance that A is better than B, when each is a normal distribution and their variances add up to {@code variance} */
    static Tensor chance(Tensor a, Tensor b, Tensor variance) {
        return torch.special_ndtr(a.sub(b).div(variance.sqrt()));
    }

    /** @return variance of the difference of two with these deviations */
    static Tensor variance(Tensor stdA, Tensor stdB) {
        return stdA.square().add(stdB.square()).add(new Scalar(EPSILON));
    }

    /** @return the mean of {@code 1 - sqrt(P P*) - sqrt((1 - P)(1 - P*))} */
    static Tensor fidelity(Tensor predicted, Tensor rated) {
        Tensor both = predicted.mul(rated).add(new Scalar(EPSILON)).sqrt();
        Tensor neither = opposite(predicted)
                .mul(opposite(rated))
                .add(new Scalar(EPSILON))
                .sqrt();
        return both.add(neither).neg().add(new Scalar(1.0)).mean();
    }

    /** @return the mean of 1 less the root of the chance given to what is true */
    static Tensor binaryFidelity(Tensor predicted, Tensor better) {
        Tensor right = predicted.mul(better).add(opposite(predicted).mul(opposite(better)));
        return right.sqrt().neg().add(new Scalar(1.0)).mean();
    }

    /** @return the mean binary cross-entropy */
    static Tensor binaryCrossEntropy(Tensor predicted, Tensor rated) {
        return torch.binary_cross_entropy(predicted, rated);
    }

    private static Tensor opposite(Tensor chance) {
        return chance.neg().add(new Scalar(1.0));
    }
}
