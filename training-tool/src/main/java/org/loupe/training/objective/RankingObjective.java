package org.loupe.training.objective;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.loupe.training.network.Tensors;

/**
 * All pairs of a batch: how often people would prefer the one to the other, under Thurstone's model, against how often the scores say so.
 * The loss is Tsai's fidelity, {@code 1 - sqrt(p q) - sqrt((1-p)(1-q))}, with {@code p = Phi((mos_i - mos_j) / sqrt(std_i^2 + std_j^2))} and
 * {@code q} the same of the scores. As both sides share the deviations, the scores' differences are those of the ratings; what pairs leave
 * open, a common shift, is held by the squared difference of the batch's means.
 *
 * @see <a href="https://arxiv.org/abs/2005.13983">Zhang et al., UNIQUE: pairs, Thurstone and fidelity for picture quality</a>
 */
final class RankingObjective extends SingleOutput {
    /** Of a rating whose deviation is unknown; single opinions of a picture usually lie 0.5 to 0.9 levels apart. */
    private static final double USUAL_STD = 0.7;
    /** Below this a rating would count as certain and its pairs teach nothing but their order. */
    private static final double SMALLEST_STD = 0.1;

    private static final double SHIFT_WEIGHT = 0.1;
    // Keeps the root's slope finite where a probability is 0.
    private static final double EPSILON = 1e-8;

    @Override
    public Tensor loss(Tensor outputs, Targets targets, long seed) {
        int n = targets.mos().length;
        Tensor scores = scores(outputs);
        Tensor rated = Objectives.like(outputs, Tensors.floats(targets.mos()), n);
        Tensor shift = scores.mean().sub(rated.mean()).square();
        if (n < 2) {
            return shift;
        }
        float[] inverse = new float[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                inverse[i * n + j] = (float) (1 / Math.hypot(std(targets.std()[i]), std(targets.std()[j])));
            }
        }
        Tensor perStd = Objectives.like(outputs, inverse, n, n);
        Tensor p = preferred(rated, perStd);
        Tensor q = preferred(scores, perStd);
        Tensor agree = root(p.mul(q)).add(root(rest(p).mul(rest(q))));
        Tensor fidelity = rest(agree);
        // A picture against itself says nothing; both orders of a pair say the same.
        Tensor upper = torch.triu(fidelity, 1);
        return upper.sum().div(new Scalar(n * (n - 1) / 2.0)).add(shift, new Scalar(SHIFT_WEIGHT));
    }

    private static double std(double known) {
        return Double.isNaN(known) ? USUAL_STD : Math.max(SMALLEST_STD, known);
    }

    /** @return {@code [n, n]}, how often the row's item is preferred to the column's */
    private static Tensor preferred(Tensor values, Tensor perStd) {
        Tensor apart = values.unsqueeze(1).sub(values.unsqueeze(0)).mul(perStd);
        return apart.mul(new Scalar(Math.sqrt(0.5))).erf().add(new Scalar(1.0)).mul(new Scalar(0.5));
    }

    private static Tensor rest(Tensor p) {
        return p.neg().add(new Scalar(1.0));
    }

    private static Tensor root(Tensor p) {
        return p.add(new Scalar(EPSILON)).sqrt();
    }
}
