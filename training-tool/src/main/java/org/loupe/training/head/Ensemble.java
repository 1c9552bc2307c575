package org.loupe.training.head;

import java.util.List;
import org.loupe.export.small.SmallModel.Head;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.score.Level;

/**
 * Heads of one task and the scaling they were fitted with: what the exported graph computes, in double precision, for validation without
 * an export and to check the export against.
 *
 * @param heads all look at the same columns
 */
public record Ensemble(Scaling scaling, List<Head> heads) {
    public Ensemble {
        heads = List.copyOf(heads);
    }

    /**
     * @param raw one feature vector as it was read
     * @return the mean of the heads' scores, 1..5
     */
    public double score(float[] raw) {
        float[] seen = Standardiser.apply(scaling, raw, heads.get(0).columns());
        return heads.stream().mapToDouble(head -> score(head, seen)).average().orElseThrow();
    }

    private static double score(Head head, float[] seen) {
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
        double max = Double.NEGATIVE_INFINITY;
        for (double logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        double score = 0;
        for (Level level : Level.values()) {
            double e = Math.exp(logits[5 - level.weight()] - max);
            sum += e;
            score += e * level.weight();
        }
        return score / sum;
    }
}
