package org.loupe.checkpoint;

import java.io.IOException;
import java.util.Map;

/** Named tensors, read piece by piece. Safe for several readers at a time; one owner closes it. */
public interface Checkpoint extends AutoCloseable {
    /** @return every tensor by name, in no particular order */
    Map<String, TensorInfo> tensors();

    /**
     * Reads consecutive elements, row by row, as {@code float32}. Half precision widens without loss.
     *
     * @param name a tensor whose type is {@link ElementType#readableAsFloat()}
     * @param first index of the first element, counted over the whole tensor
     * @param target receives the elements
     * @param at where in {@code target} the first one goes
     * @param count how many
     * @throws org.loupe.score.ScoringException CHECKPOINT_INVALID if an element is not a finite number
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if there is no such tensor or it ends before
     */
    void read(String name, long first, float[] target, int at, int count) throws IOException;

    /** Closes the files. */
    @Override
    void close() throws IOException;
}
