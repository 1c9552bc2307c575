package org.loupe.training.head;

import java.util.List;
import org.loupe.export.small.SmallModel.Head;
import org.loupe.export.small.SmallModel.Scaling;

/**
 * Heads of one task and the scaling they were fitted with: what the exported graph computes, in double precision, for validation without
 * an export and to check the export against.
 *
 * @param heads all look at the same columns
 * @param levelNames best first
 * @param levelWeights what they are worth, 1..5
 */
public record Ensemble(Scaling scaling, List<Head> heads, List<String> levelNames, double[] levelWeights)
        implements Fitted {
    public Ensemble {
        heads = List.copyOf(heads);
        levelNames = List.copyOf(levelNames);
    }

    /**
     * @param raw one feature vector as it was read
     * @return the mean of the heads' scores, 1..5
     */
    @Override
    public double score(float[] raw) {
        return expected(probabilities(raw));
    }

    @Override
    public double[] scores(Example example) {
        return example.clip()
                ? new double[] {expected(probabilities(example))}
                : example.rows().stream().mapToDouble(this::score).toArray();
    }

    /**
     * The graph's answer for a still at full size or for a clip, whose frames it joins by the mean of their logits, which are the logarithms of
     * the heads' mean probabilities.
     *
     * @return level probabilities, best first
     */
    @Override
    public double[] probabilities(Example example) {
        if (!example.clip()) {
            return probabilities(example.rows().get(0));
        }
        double[] logits = new double[levelWeights.length];
        for (float[] raw : example.rows()) {
            double[] mean = probabilities(raw);
            for (int l = 0; l < mean.length; l++) {
                logits[l] += Math.log(Math.max(mean[l], Float.MIN_NORMAL))
                        / example.rows().size();
            }
        }
        return softmax(logits);
    }

    private double expected(double[] probabilities) {
        double score = 0;
        for (int l = 0; l < probabilities.length; l++) {
            score += probabilities[l] * levelWeights[l];
        }
        return score;
    }

    /** @return the mean of the heads' level probabilities, best first */
    public double[] probabilities(float[] raw) {
        float[] seen = Standardiser.apply(scaling, raw, heads.get(0).columns());
        double[] mean = new double[levelWeights.length];
        for (Head head : heads) {
            double[] one = softmax(logits(head, seen));
            for (int l = 0; l < mean.length; l++) {
                mean[l] += one[l] / heads.size();
            }
        }
        return mean;
    }

    private static double[] logits(Head head, float[] seen) {
        int levels = head.outputBias().length;
        double[] logits = new double[levels];
        for (int l = 0; l < levels; l++) {
            logits[l] = head.outputBias()[l];
        }
        for (int h = 0; h < head.hidden().length; h++) {
            float[] weights = head.hidden()[h];
            double sum = head.hiddenBias()[h];
            for (int i = 0; i < weights.length; i++) {
                sum += (double) weights[i] * seen[i];
            }
            for (int l = 0; l < levels && sum > 0; l++) {
                logits[l] += head.output()[l][h] * sum;
            }
        }
        return logits;
    }

    private static double[] softmax(double[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (double logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        double[] p = new double[logits.length];
        for (int l = 0; l < p.length; l++) {
            p[l] = Math.exp(logits[l] - max);
            sum += p[l];
        }
        for (int l = 0; l < p.length; l++) {
            p[l] /= sum;
        }
        return p;
    }
}
