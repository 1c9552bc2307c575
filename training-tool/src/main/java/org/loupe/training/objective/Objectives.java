package org.loupe.training.objective;

import static org.bytedeco.pytorch.global.torch.softplus;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.loupe.training.network.Tensors;

/** Terms of losses. Intermediate tensors belong to the caller's {@link org.bytedeco.javacpp.PointerScope}. */
public final class Objectives {
    /** How steeply a wrongly ordered pair is punished: half a level apart in the right direction leaves a fifth of a tie's loss. */
    private static final double RANKING_SLOPE = 4;

    private Objectives() {}

    /**
     * The score that logits stand for: the level weights under their softmax.
     *
     * @param logits {@code [n, levels]}, best level first
     * @param weights what the levels are worth
     * @return {@code [n]}
     */
    public static Tensor expectedScore(Tensor logits, double[] weights) {
        return logits.softmax(1).matmul(like(logits, Tensors.floats(weights), weights.length));
    }

    /**
     * Cross-entropy to target distributions.
     *
     * @param targets of the shape of the logits, rows sum to 1
     */
    public static Tensor crossEntropy(Tensor logits, Tensor targets) {
        return logits.log_softmax(1).mul(targets).sum(1).mean().neg();
    }

    /** 1 - Pearson correlation of two vectors; 1 where one of them is constant. */
    public static Tensor correlationLoss(Tensor predicted, Tensor rated) {
        Tensor x = predicted.sub(predicted.mean());
        Tensor y = rated.sub(rated.mean());
        Tensor product = x.square().sum().mul(y.square().sum());
        Tensor correlation = x.mul(y).sum().div(product.add(new Scalar(1e-8)).sqrt());
        return correlation.neg().add(new Scalar(1.0));
    }

    /** Mean of softplus(-4 (better - worse)): small once every better picture lies clearly above its worse copy. */
    public static Tensor rankingLoss(Tensor better, Tensor worse) {
        return softplus(better.sub(worse).mul(new Scalar(-RANKING_SLOPE))).mean();
    }

    /** @return the numbers as a tensor of that shape, where the other tensor lies */
    static Tensor like(Tensor other, float[] values, long... shape) {
        return Tensor.create(values, shape).to(other);
    }

    /** @param values float32 in main memory */
    static float[] copy(Tensor values) {
        float[] all = new float[Math.toIntExact(values.numel())];
        values.contiguous().data_ptr_float().get(all);
        return all;
    }
}
