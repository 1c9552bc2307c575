package org.loupe.training.network;

import org.loupe.score.Level;

/**
 * A learned head: standardised features, one hidden layer with ReLU, five level logits, best level first.
 *
 * @param hiddenWeights {@code [hidden][feature]}
 * @param hiddenBias {@code [hidden]}
 * @param levelWeights {@code [5][hidden]}
 * @param levelBias {@code [5]}
 */
public record LevelHead(float[][] hiddenWeights, float[] hiddenBias, float[][] levelWeights, float[] levelBias) {

    /**
     * @param features standardised, as long as a row of {@code hiddenWeights}
     * @return five logits
     */
    public double[] logits(float[] features) {
        double[] logits = new double[levelBias.length];
        for (int l = 0; l < logits.length; l++) {
            logits[l] = levelBias[l];
        }
        for (int h = 0; h < hiddenBias.length; h++) {
            double sum = hiddenBias[h];
            float[] weights = hiddenWeights[h];
            for (int i = 0; i < weights.length; i++) {
                sum += (double) weights[i] * features[i];
            }
            if (sum > 0) {
                for (int l = 0; l < logits.length; l++) {
                    logits[l] += levelWeights[l][h] * sum;
                }
            }
        }
        return logits;
    }

    /** @return the level weights 5..1 under a softmax over the logits, in 1..5 */
    public static double score(double[] logits) {
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
