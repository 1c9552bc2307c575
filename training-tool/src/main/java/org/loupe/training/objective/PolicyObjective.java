package org.loupe.training.objective;

import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * REINFORCE: for every item some levels are drawn from the network's own distribution; those worth what people said are made more likely. The
 * reward of a level is minus the squared distance of its weight to the rating. Each draw is measured against the mean reward of the item's
 * other draws (leave-one-out baseline), which takes no side and steadies the gradient. Entropy is rewarded too: without it the best policy
 * is one single level and scores come in steps; with it the best is proportional to {@code exp(reward / temperature)}, a Gaussian over
 * the levels around the rating whose deviation is half a level's step.
 *
 * @see <a href="https://doi.org/10.1007/BF00992696">Williams 1992: REINFORCE</a>
 * @see <a href="https://openreview.net/forum?id=r1lgTGL5DE">Kool, van Hoof, Welling 2019: leave-one-out baseline</a>
 */
final class PolicyObjective implements Objective {
    private static final int DRAWS = 16;
    /** Temperature per squared step between levels: twice the variance of the best policy. */
    private static final double TEMPERATURE = 0.5;

    private final LevelScale scale;
    private final double[] weights;
    private final double temperature;

    PolicyObjective(LevelScale scale) {
        this.scale = scale;
        this.weights = scale.weights();
        double step = (weights[0] - weights[weights.length - 1]) / (weights.length - 1);
        this.temperature = TEMPERATURE * step * step;
    }

    @Override
    public int outputs() {
        return scale.count();
    }

    @Override
    public Tensor loss(Tensor outputs, Targets targets, long seed) {
        int n = targets.mos().length;
        int levels = weights.length;
        Tensor log = outputs.log_softmax(1);
        float[] p = Objectives.copy(log.detach().exp().to(ScalarType.Float).cpu());
        SplittableRandom random = new SplittableRandom(seed);
        float[] advantage = new float[n * levels];
        double[] reward = new double[DRAWS];
        int[] drawn = new int[DRAWS];
        for (int i = 0; i < n; i++) {
            double total = 0;
            for (int k = 0; k < DRAWS; k++) {
                drawn[k] = draw(p, i * levels, levels, random.nextDouble());
                double apart = weights[drawn[k]] - targets.mos()[i];
                reward[k] = -apart * apart;
                total += reward[k];
            }
            for (int k = 0; k < DRAWS; k++) {
                double others = (total - reward[k]) / (DRAWS - 1);
                advantage[i * levels + drawn[k]] += (float) ((reward[k] - others) / DRAWS);
            }
        }
        Tensor gained =
                log.mul(Objectives.like(outputs, advantage, n, levels)).sum(1).mean();
        Tensor entropy = log.exp().mul(log).sum(1).mean().neg();
        return gained.add(entropy, new Scalar(temperature)).neg();
    }

    private static int draw(float[] p, int from, int levels, double at) {
        double sum = 0;
        for (int level = 0; level < levels - 1; level++) {
            sum += p[from + level];
            if (at < sum) {
                return level;
            }
        }
        return levels - 1;
    }

    @Override
    public Tensor scores(Tensor outputs) {
        return Objectives.expectedScore(outputs, weights);
    }

    @Override
    public List<String> levelNames() {
        return scale.names();
    }

    @Override
    public double[] levelWeights() {
        return scale.weights();
    }
}
