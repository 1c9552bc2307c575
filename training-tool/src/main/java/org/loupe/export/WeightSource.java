package org.loupe.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
        return channel -> {
            ByteBuffer piece = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
            int next = 0;
            while (next < values.length) {
                piece.clear();
                int count = Math.min(piece.remaining() / Float.BYTES, values.length - next);
                piece.asFloatBuffer().put(values, next, count);
                piece.limit(count * Float.BYTES);
                while (piece.hasRemaining()) {
                    channel.write(piece);
                }
                next += count;
            }
        };
    }
}
