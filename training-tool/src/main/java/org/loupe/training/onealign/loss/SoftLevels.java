package org.loupe.training.onealign.loss;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * DeQA-Score's loss: cross-entropy of the answer's other tokens, and the divergence of the predicted word from a soft label where the level
 * stands.
 *
 * @param levelIds ids of the level words, best first
 * @param shares for each row of the batch its soft label in the same order
 * @param weight of the divergence
 * @see <a href="https://arxiv.org/abs/2501.11561">DeQA-Score</a>
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
public record SoftLevels(long[] levelIds, float[][] shares, double weight) implements AnswerLoss {
    @Override
    public Tensor of(Answers answers) {
        Tensor level = LevelLosses.divergence(LevelLosses.atLevels(answers), levelIds, shares);
        return LevelLosses.otherTokens(answers).add(level.mul(new Scalar(weight)));
    }
}
