package org.loupe.training.onealign.loss;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Losses on the logits of words. Constants that Java made are brought to the logits' device. */
final class LevelLosses {
    // nll_loss: mean over the targets
    private static final long MEAN = 1;
    private static final long IGNORED = -100;

    private LevelLosses() {}

    /** @return mean of {@code -log softmax} at the labels */
    static Tensor crossEntropy(Tensor logits, long[] labels) {
        return torch.nll_loss(
                logits.log_softmax(1),
                near(Tensor.create(labels, labels.length), logits),
                new TensorOptional(),
                MEAN,
                IGNORED);
    }

    /** @return cross-entropy of the tokens of an answer other than the level word */
    static Tensor otherTokens(Answers answers) {
        long[] kept = LongStream.range(0, answers.labels().length)
                .filter(target -> Arrays.stream(answers.levelTargets()).noneMatch(level -> level == target))
                .toArray();
        long[] labels = Arrays.stream(kept)
                .map(target -> answers.labels()[(int) target])
                .toArray();
        return crossEntropy(chosen(answers.logits(), kept), labels);
    }

    /** @return {@code [row, vocabulary]}, logits where the level word is predicted */
    static Tensor atLevels(Answers answers) {
        return chosen(answers.logits(), answers.levelTargets());
    }

    /**
     * Divergence of the predicted words from a distribution over the level words, softmax over the whole vocabulary: what is given to other
     * words costs. Summed over the levels, the mean over the rows.
     *
     * @param logits {@code [row, vocabulary]}
     * @param levelIds ids of the level words
     * @param shares {@code [row, level]}, at least 0; 0 log 0 counts as 0
     */
    static Tensor divergence(Tensor logits, long[] levelIds, float[][] shares) {
        int rows = shares.length;
        float[] flat = new float[rows * levelIds.length];
        double entropy = 0;
        for (int row = 0; row < rows; row++) {
            for (int level = 0; level < levelIds.length; level++) {
                float share = shares[row][level];
                flat[row * levelIds.length + level] = share;
                entropy += share > 0 ? share * Math.log(share) : 0;
            }
        }
        Tensor target = near(Tensor.create(flat, rows, levelIds.length), logits);
        Tensor predicted = atWords(logits.log_softmax(1), levelIds);
        return target.mul(predicted).sum().neg().add(new Scalar(entropy)).div(new Scalar((double) rows));
    }

    /** @return columns of some words, {@code [row, word]} */
    static Tensor atWords(Tensor logits, long[] ids) {
        return logits.index_select(1, near(Tensor.create(ids, ids.length), logits));
    }

    private static Tensor chosen(Tensor logits, long[] rows) {
        return logits.index_select(0, near(Tensor.create(rows, rows.length), logits));
    }

    static Tensor near(Tensor made, Tensor met) {
        return met.is_cpu() ? made : made.to(met.device(), made.scalar_type());
    }
}
