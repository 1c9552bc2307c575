package org.loupe.training.onealign;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.loupe.training.onealign.text.Conversation;

/**
 * Rows that pass the network together: each looks at as many frames as the others and begins with the same text.
 *
 * @param pixels direct, {@code uint8[rows * framesPerRow, side, side, 3]}, position 0; not changed
 * @param framesPerRow frames of one row, in the order of time
 * @param rows what is said about each
 */
public record TrainingBatch(ByteBuffer pixels, int framesPerRow, List<Conversation> rows) {
    public TrainingBatch {
        rows = List.copyOf(rows);
        if (rows.isEmpty() || framesPerRow < 1) {
            throw new IllegalArgumentException(rows.size() + " rows of " + framesPerRow + " frames");
        }
        for (Conversation row : rows) {
            if (!Arrays.equals(row.before(), rows.get(0).before())) {
                throw new IllegalArgumentException("rows of one batch begin with the same text");
            }
        }
    }

    /** @return text before the image */
    int[] before() {
        return rows.get(0).before();
    }

    /** @return text after the image, shorter rows filled up with id 0, which nothing before it looks at */
    int[][] after() {
        int longest = rows.stream().mapToInt(row -> row.after().length).max().orElseThrow();
        return rows.stream().map(row -> Arrays.copyOf(row.after(), longest)).toArray(int[][]::new);
    }
}
