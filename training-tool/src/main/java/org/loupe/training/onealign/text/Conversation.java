package org.loupe.training.onealign.text;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A question about pictures and its answer, in token ids.
 *
 * @param text all of it, with the mark of the image and the end
 * @param before ids of the text before the image
 * @param after ids of the text after it, the answer and its end included; not changed
 * @param answerAt index in {@code after} of the answer's first token
 * @param levelAt index in {@code after} of the level word
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere; ids are handed over as they are
public record Conversation(String text, int[] before, int[] after, int answerAt, int levelAt) {
    /** Stands for the image among the ids, as in the reference. */
    public static final int IMAGE = -200;

    /** Label of a token that nothing is learnt from. */
    public static final int IGNORED = -100;

    /** @return ids of the whole, {@value #IMAGE} where the image is */
    public int[] inputIds() {
        return IntStream.concat(IntStream.concat(Arrays.stream(before), IntStream.of(IMAGE)), Arrays.stream(after))
                .toArray();
    }

    /** @return label of each of {@link #inputIds}: the token itself in the answer, {@value #IGNORED} elsewhere */
    public int[] labels() {
        int[] ids = inputIds();
        Arrays.fill(ids, 0, before.length + 1 + answerAt, IGNORED);
        return ids;
    }

    /** @return id of the level word */
    public int levelId() {
        return after[levelAt];
    }
}
