package org.loupe.checkpoint;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Reads stored elements as {@code float32}. */
final class FloatReader {
    // Large enough for fast disks, small beside the 1 GiB heap a conversion may use.
    private static final int PIECE_BYTES = 1 << 18;

    private FloatReader() {}

    /** Refuses a request that the tensor cannot answer. */
    static void check(TensorInfo info, long first, int count) {
        if (!info.type().readableAsFloat()) {
            throw new IllegalArgumentException(info + " holds no floating-point numbers that can be read");
        }
        if (first < 0 || count < 0 || first > info.elements() - count) {
            throw new IllegalArgumentException(info.name() + " has no elements " + first + " to " + (first + count));
        }
    }

    /**
     * Reads elements that lie one after the other.
     *
     * @param position of the first byte in the file
     * @throws ScoringException CHECKPOINT_INVALID if an element is not a finite number
     */
    static void read(
            FileChannel channel, String fileName, TensorInfo info, long position, float[] target, int at, int count)
            throws IOException {
        int width = info.type().bytes();
        ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE_BYTES, (long) count * width))
                .order(ByteOrder.LITTLE_ENDIAN);
        long next = position;
        int done = 0;
        while (done < count) {
            int some = Math.min(count - done, piece.capacity() / width);
            piece.clear().limit(some * width);
            readFully(channel, piece, next);
            piece.flip();
            FloatBits.get(info.type(), piece, target, at + done, some);
            requireFinite(fileName, info, target, at + done, some);
            next += (long) some * width;
            done += some;
        }
    }

    static void requireFinite(String fileName, TensorInfo info, float[] target, int at, int count) {
        if (allFinite(target, at, count)) {
            return;
        }
        for (int i = at; i < at + count; i++) {
            if (!Float.isFinite(target[i])) {
                throw new ScoringException(
                        ErrorReason.CHECKPOINT_INVALID,
                        fileName + ": " + info.name() + " holds " + target[i] + "; a weight must be a finite number");
            }
        }
    }

    /** A sum of products with zero is no number as soon as one element is none: no branch in the loop. */
    private static boolean allFinite(float[] target, int at, int count) {
        float sum = 0;
        for (int i = at; i < at + count; i++) {
            sum += target[i] * 0f;
        }
        return sum == 0;
    }

    static void readFully(FileChannel channel, ByteBuffer target, long position) throws IOException {
        long next = position;
        while (target.hasRemaining()) {
            int count = channel.read(target, next);
            if (count < 0) {
                throw new EOFException("the file became shorter while it was read");
            }
            next += count;
        }
    }
}
