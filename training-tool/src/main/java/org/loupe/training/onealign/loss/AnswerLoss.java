package org.loupe.training.onealign.loss;

import org.bytedeco.pytorch.Tensor;

/** What a batch of answers costs. */
@FunctionalInterface
public interface AnswerLoss {
    /** Cross-entropy over the whole vocabulary, the mean over all targets of the batch: the level word is one of nine. */
    AnswerLoss CROSS_ENTROPY = answers -> LevelLosses.crossEntropy(answers.logits(), answers.labels());

    /** @return a scalar, differentiable by the logits */
    Tensor of(Answers answers);
}
