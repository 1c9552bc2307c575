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

    // Outside the heap, where the system reads to without a copy in between; one a thread, as large reads come by the
    // thousand.
    private static final ThreadLocal<ByteBuffer> PIECE =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN));

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
        ByteBuffer piece = PIECE.get();
        long next = position;
        int done = 0;
        while (done < count) {
            int some = Math.min(count - done, PIECE_BYTES / width);
            piece.clear().limit(some * width);
            readFully(channel, piece, next);
            piece.flip();
            if (!FloatBits.get(info.type(), piece, target, at + done, some)) {
                throw infinite(fileName, info, target, at + done, some);
            }
            next += (long) some * width;
            done += some;
        }
    }

    /** @return what to say of elements one of which is no finite number */
    static ScoringException infinite(String fileName, TensorInfo info, float[] target, int at, int count) {
        int bad = at;
        while (bad < at + count - 1 && Float.isFinite(target[bad])) {
            bad++;
        }
        return new ScoringException(
                ErrorReason.CHECKPOINT_INVALID,
                fileName + ": " + info.name() + " holds " + target[bad] + "; a weight must be a finite number");
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
