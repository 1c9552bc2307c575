package org.loupe.training.onealign.loss;

import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * DeQA-Score's loss on pairs: rows 0 to n-1 of the batch are each compared with rows n to 2n-1. The order of the predicted scores is held
 * against the rated one by fidelity; either half costs what {@link SoftLevels} says as well.
 *
 * @param levelIds ids of the level words, best first; weights 5..1
 * @param shares for each row its soft label
 * @param softWeight of the divergence within a half
 * @param mos of each row, all in one unit
 * @param std of each row's ratings, in the same unit
 * @param fixedDeviation whether predictions count as equally certain, as in the released setting, rather than as their levels spread
 * @param order what the predicted order is held against
 * @param rankWeight of the order
 * @param nextWeight of each half's own loss
 * @see <a href="https://arxiv.org/abs/2501.11561">DeQA-Score</a>
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
public record PairedLevels(
        long[] levelIds,
        float[][] shares,
        double softWeight,
        float[] mos,
        float[] std,
        boolean fixedDeviation,
        Order order,
        double rankWeight,
        double nextWeight)
        implements AnswerLoss {
    /** What "A is better than B" means of two ratings, and what a prediction that says otherwise costs. */
    public enum Order {
        /** A chance, as their deviations overlap; fidelity. The released setting. */
        CHANCE,
        /** Yes or no; fidelity. */
        BINARY_FIDELITY,
        /** Yes or no; cross-entropy. */
        BINARY_CROSS_ENTROPY
    }

    @Override
    public Tensor of(Answers answers) {
        int pairs = answers.rows() / 2;
        Answers a = half(answers, 0, pairs);
        Answers b = half(answers, pairs, answers.rows());
        Tensor next = soft(0, pairs).of(a).add(soft(pairs, answers.rows()).of(b));
        return rank(answers, pairs).mul(new Scalar(rankWeight)).add(next.mul(new Scalar(nextWeight)));
    }

    /** The order alone. */
    private Tensor rank(Answers answers, int pairs) {
        Tensor shown =
                LevelLosses.atWords(LevelLosses.atLevels(answers), levelIds).softmax(1);
        float[] weights = new float[levelIds.length];
        for (int level = 0; level < weights.length; level++) {
            weights[level] = weights.length - level;
        }
        Tensor weight = LevelLosses.near(Tensor.create(weights), shown);
        Tensor score = shown.matmul(weight);
        Tensor offset = weight.unsqueeze(0).sub(score.unsqueeze(1));
        Tensor spread = shown.mul(offset.square()).sum(1).sqrt().detach();
        Tensor variance = fixedDeviation
                ? torch.torch_full(new long[] {pairs}, new Scalar(2.0), score.options())
                : RankLoss.variance(spread.narrow(0, 0, pairs), spread.narrow(0, pairs, pairs));
        Tensor predicted = RankLoss.chance(score.narrow(0, 0, pairs), score.narrow(0, pairs, pairs), variance);
        Tensor rated = LevelLosses.near(Tensor.create(mos), shown);
        Tensor ratedA = rated.narrow(0, 0, pairs);
        Tensor ratedB = rated.narrow(0, pairs, pairs);
        Tensor deviation = LevelLosses.near(Tensor.create(std), shown);
        Tensor both = RankLoss.variance(deviation.narrow(0, 0, pairs), deviation.narrow(0, pairs, pairs));
        return cost(order, predicted, ratedA, ratedB, both);
    }

    /**
     * @param predicted chance that A is better
     * @param ratedVariance of the difference of the ratings
     */
    static Tensor cost(Order order, Tensor predicted, Tensor ratedA, Tensor ratedB, Tensor ratedVariance) {
        return switch (order) {
            case CHANCE -> RankLoss.fidelity(predicted, RankLoss.chance(ratedA, ratedB, ratedVariance));
            case BINARY_FIDELITY -> RankLoss.binaryFidelity(predicted, better(ratedA, ratedB, predicted));
            case BINARY_CROSS_ENTROPY -> RankLoss.binaryCrossEntropy(predicted, better(ratedA, ratedB, predicted));
        };
    }

    private static Tensor better(Tensor a, Tensor b, Tensor like) {
        return a.gt(b).to(like.scalar_type());
    }

    private SoftLevels soft(int from, int to) {
        return new SoftLevels(levelIds, Arrays.copyOfRange(shares, from, to), softWeight);
    }

    private static Answers half(Answers answers, int from, int to) {
        long[] levels = answers.levelTargets();
        int perRow = answers.labels().length / levels.length;
        if (perRow * levels.length != answers.labels().length) {
            throw new IllegalArgumentException("answers of a pair have equally many tokens");
        }
        int first = from * perRow;
        int last = to * perRow;
        return new Answers(
                answers.logits().narrow(0, first, last - first),
                Arrays.copyOfRange(answers.labels(), first, last),
                Arrays.stream(levels, from, to).map(level -> level - first).toArray());
    }
}
