package org.loupe.training.onealign.loss;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.loupe.training.onealign.text.Conversation;

/**
 * What the network predicts where a batch's answers stand.
 *
 * @param logits {@code float32[target, vocabulary]}, row after row of the batch
 * @param labels token id of each target
 * @param levelTargets for each row of the batch, which target is its level word
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
public record Answers(Tensor logits, long[] labels, long[] levelTargets) {
    /**
     * Where the answers of a batch stand: each token is predicted by the one before it.
     *
     * @param positions index of each predicting token, counted over all rows
     */
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    public record Places(long[] positions, long[] labels, long[] levelTargets) {
        /** @param logits at {@link #positions} */
        public Answers answers(Tensor logits) {
            return new Answers(logits, labels, levelTargets);
        }
    }

    /**
     * @param rows of the batch
     * @param beforeText tokens before the text that follows the image
     * @param tokens of a whole row, padding included
     */
    public static Places places(List<Conversation> rows, int beforeText, int tokens) {
        int targets = rows.stream()
                .mapToInt(row -> row.after().length - row.answerAt())
                .sum();
        long[] positions = new long[targets];
        long[] labels = new long[targets];
        long[] levels = new long[rows.size()];
        int target = 0;
        for (int row = 0; row < rows.size(); row++) {
            Conversation said = rows.get(row);
            levels[row] = (long) target + said.levelAt() - said.answerAt();
            for (int i = said.answerAt(); i < said.after().length; i++) {
                positions[target] = (long) row * tokens + beforeText + i - 1;
                labels[target++] = said.after()[i];
            }
        }
        return new Places(positions, labels, levels);
    }

    /** @return how many rows the batch has */
    public int rows() {
        return levelTargets.length;
    }
}
