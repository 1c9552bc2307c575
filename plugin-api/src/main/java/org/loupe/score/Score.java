package org.loupe.score;

import java.util.ArrayList;
import java.util.List;

/**
 * One task's answer for one picture or clip.
 *
 * @param task what was asked
 * @param mos mean opinion score, 1 (bad) to 5 (excellent)
 * @param level the word for {@code mos}, see {@link Level#ofMos}
 * @param probabilities how the panel would spread its votes
 * @param logits level logits as the model gave them, same order as the probabilities
 */
public record Score(Task task, float mos, Level level, LevelProbabilities probabilities, List<Float> logits) {
    public Score {
        logits = List.copyOf(logits);
        if (!(mos >= 1 && mos <= 5)) {
            throw new IllegalArgumentException("MOS must lie in 1..5, was " + mos);
        }
    }

    /** @return the MOS scaled to 0..1 */
    public float unitScore() {
        return (float) ((mos - 1.0) / 4.0);
    }

    /**
     * MOS = sum softmax(logits)_i * weight_i, in double precision.
     *
     * @param levelNames names, best first
     * @param levelWeights one weight per name, each in [1, 5]
     * @param logits one finite logit per name
     * @throws ScoringException MODEL_FAILED if a logit is not finite
     * @see <a href="https://arxiv.org/abs/2312.17090">Q-Align: from level logits to a score</a>
     */
    public static Score of(Task task, List<String> levelNames, List<Float> levelWeights, float[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            if (!Float.isFinite(logit)) {
                throw new ScoringException(ErrorReason.MODEL_FAILED, "the model gave a logit that is not a number");
            }
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        double mos = 0;
        List<Float> probabilities = new ArrayList<>();
        List<Float> kept = new ArrayList<>();
        for (int i = 0; i < logits.length; i++) {
            double p = Math.exp(logits[i] - max) / sum;
            mos += p * levelWeights.get(i);
            probabilities.add((float) p);
            kept.add(logits[i]);
        }
        float bounded = (float) Math.min(5, Math.max(1, mos)); // rounding alone can leave the range
        return new Score(task, bounded, Level.ofMos(bounded), new LevelProbabilities(levelNames, probabilities), kept);
    }
}
