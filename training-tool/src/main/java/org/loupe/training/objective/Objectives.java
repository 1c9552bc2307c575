package org.loupe.training.objective;

import static org.bytedeco.pytorch.global.torch.softplus;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.loupe.score.Level;
import org.loupe.training.data.LevelIntervals;

/** Losses on level logits. Intermediate tensors belong to the caller's {@link org.bytedeco.javacpp.PointerScope}. */
public final class Objectives {
    /** How steeply a wrongly ordered pair is punished: half a level apart in the right direction leaves a fifth of a tie's loss. */
    private static final double RANKING_SLOPE = 4;

    private static final LevelIntervals FIVE_LEVELS = LevelIntervals.equidistant(5, 1, 5);

    private Objectives() {}

    /**
     * The score that logits stand for: the level weights 5..1 under their softmax.
     *
     * @param logits {@code [n, 5]}, best level first
     * @return {@code [n]} in 1..5
     */
    public static Tensor expectedScore(Tensor logits) {
        return logits.softmax(1).matmul(Tensor.create(5f, 4f, 3f, 2f, 1f));
    }

    /**
     * Cross-entropy to target distributions.
     *
     * @param targets {@code [n, 5]}, rows sum to 1, see {@link #discreteTarget} and {@link #softTarget}
     */
    public static Tensor crossEntropy(Tensor logits, Tensor targets) {
        return logits.log_softmax(1).mul(targets).sum(1).mean().neg();
    }

    /**
     * One-hot levels: 1..5 cut into five equal intervals, upper ends included.
     *
     * @param mos rating in 1..5
     * @see <a href="https://arxiv.org/abs/2312.17090">Q-Align: discrete text-defined levels</a>
     */
    public static float[] discreteTarget(double mos) {
        float[] target = new float[5];
        target[4 - FIVE_LEVELS.fromWorst(mos)] = 1;
        return target;
    }

    /** @return the rating shared between its two neighbouring levels, so that their mean is the rating itself */
    public static float[] softTarget(double mos) {
        float[] target = new float[5];
        for (Level level : Level.values()) {
            target[5 - level.weight()] = (float) Math.max(0, 1 - Math.abs(mos - level.weight()));
        }
        return target;
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
}
