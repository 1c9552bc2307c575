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
    private static final int LEVELS = Level.values().length;

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

    /** @return of each size of a still, full size first; of a clip the one score a server would give it */
    public double[] scores(Example example) {
        return example.clip()
                ? new double[] {clipScore(example.rows())}
                : example.rows().stream().mapToDouble(this::score).toArray();
    }

    /** The graph's answer for several frames: the mean of their logits, which are the logarithms of the heads' mean probabilities. */
    private double clipScore(List<float[]> frames) {
        double[] logits = new double[LEVELS];
        for (float[] raw : frames) {
            float[] seen = Standardiser.apply(scaling, raw, heads.get(0).columns());
            double[] mean = new double[LEVELS];
            for (Head head : heads) {
                double[] votes = probabilities(head, seen);
                for (int l = 0; l < LEVELS; l++) {
                    mean[l] += votes[l] / heads.size();
                }
            }
            for (int l = 0; l < LEVELS; l++) {
                logits[l] += Math.log(Math.max(mean[l], Float.MIN_NORMAL)) / frames.size();
            }
        }
        return expected(softmax(logits));
    }

    private static double score(Head head, float[] seen) {
        return expected(probabilities(head, seen));
    }

    private static double expected(double[] votes) {
        double score = 0;
        for (Level level : Level.values()) {
            score += votes[LEVELS - level.weight()] * level.weight();
        }
        return score;
    }

    /** @return best level first */
    private static double[] probabilities(Head head, float[] seen) {
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
        return softmax(logits);
    }

    private static double[] softmax(double[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (double logit : logits) {
            max = Math.max(max, logit);
        }
        double[] votes = new double[logits.length];
        double sum = 0;
        for (int l = 0; l < logits.length; l++) {
            votes[l] = Math.exp(logits[l] - max);
            sum += votes[l];
        }
        for (int l = 0; l < logits.length; l++) {
            votes[l] /= sum;
        }
        return votes;
    }
}
