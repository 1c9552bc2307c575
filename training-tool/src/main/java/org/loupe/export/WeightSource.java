package org.loupe.export;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** The bytes of one weight, asked for once, when the graph is written. */
@FunctionalInterface
public interface WeightSource {
    /**
     * Writes all elements, row by row, little-endian, in pieces: a whole weight may be larger than the heap.
     *
     * @throws IOException if the origin cannot be read or the channel not written
     */
    void writeTo(WritableByteChannel channel) throws IOException;

    /** @param values kept until the graph is written; must not be changed before */
    static WeightSource of(float... values) {
        return channel -> CheckpointWeights.write(channel, values, values.length);
    }
}
