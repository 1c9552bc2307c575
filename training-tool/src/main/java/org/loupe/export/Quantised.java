package org.loupe.export;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.stream.IntStream;

/**
 * Matrices of a checkpoint in the element types and layouts that products take. Each source holds one whole matrix of the target's type while
 * it is written, at most some hundred megabytes, and works on blocks of rows in parallel. The result depends on the matrix alone.
 */
public final class Quantised {
    /** Weights of one scale in {@link #nibbles}. */
    static final int BLOCK = 32;

    /** The largest magnitude of an 8-bit weight: symmetric, so that a weight and its negative are equally exact. */
    private static final int MOST = 127;

    /** 1.5 * 2^23: the sum of this and a number below 2^22 in magnitude is a whole number. */
    private static final float WHOLE = 0x1.8p23f;

    private static final int ROWS = 64;
    // Rows of a block begin in different cache sets, or turning it would use a handful of them.
    private static final int PADDING = 64;

    private Quantised() {}

    /** Values and the scales they are multiplied by; the scales are written after the values. */
    record Source(WeightSource values, WeightSource scales) {}

    /** Scales between the writing of their values and their own: a large model's together would not fit into a small heap. */
    private static final class Scales {
        private float[] pending = {};

        float[] start(int count) {
            pending = new float[count];
            return pending;
        }

        void writeTo(WritableByteChannel channel) throws IOException {
            CheckpointWeights.write(channel, pending, pending.length);
            pending = new float[0];
        }
    }

    /** {@code float32[in, out]}. */
    static WeightSource transposed(Matrix matrix) {
        int in = matrix.in();
        int out = matrix.out();
        return channel -> {
            float[] turned = new float[Math.multiplyExact(in, out)];
            forEachBlock(matrix, (first, count, rows) -> {
                for (int i = 0; i < in; i++) {
                    for (int r = 0; r < count; r++) {
                        turned[i * out + first + r] = rows[r * in + i];
                    }
                }
            });
            CheckpointWeights.write(channel, turned, turned.length);
        };
    }

    /** {@code int8[in, out]} with one {@code float32} scale an output column: the largest magnitude of a column becomes 127. */
    static Source bytes(Matrix matrix) {
        int in = matrix.in();
        int out = matrix.out();
        Scales pending = new Scales();
        return new Source(
                channel -> {
                    float[] scales = pending.start(out);
                    byte[] turned = new byte[Math.multiplyExact(in, out)];
                    forEachBlock(matrix, (first, count, rows) -> {
                        int stride = in + PADDING;
                        byte[] block = new byte[count * stride];
                        for (int r = 0; r < count; r++) {
                            scales[first + r] = row(rows, r * in, in, block, r * stride);
                        }
                        for (int i = 0; i < in; i++) {
                            for (int r = 0; r < count; r++) {
                                turned[i * out + first + r] = block[r * stride + i];
                            }
                        }
                    });
                    write(channel, turned);
                },
                pending::writeTo);
    }

    /**
     * Rounds a row to whole numbers of -127 to 127 times one scale.
     *
     * @param from where the row begins in {@code rows}
     * @param in its length
     * @param target receives that many bytes from {@code at} on
     * @return the scale of the row; a row of zeros has the scale 1
     */
    public static float row(float[] rows, int from, int in, byte[] target, int at) {
        float largest = 0;
        for (int i = from; i < from + in; i++) {
            float magnitude = Math.abs(rows[i]);
            if (magnitude > largest) { // seldom true, and so cheaper than Math.max
                largest = magnitude;
            }
        }
        if (largest == 0) {
            return 1;
        }
        float inverse = MOST / largest;
        for (int i = 0; i < in; i++) {
            // The sum has no bits below one: its last byte is the nearest whole number, ties to even.
            target[at + i] = (byte) Float.floatToRawIntBits(rows[from + i] * inverse + WHOLE);
        }
        return largest / MOST;
    }

    /**
     * {@code uint4[out, ceil(in / 32), 32]} around 8, two a byte, the first in the low half, with one {@code float32} scale a block of 32
     * inputs. The scale of a block is the one of a few candidates whose weights lie closest to the checkpoint's in mean square.
     */
    static Source nibbles(Matrix matrix) {
        int in = matrix.in();
        int blocks = blocks(in);
        int out = matrix.out();
        Scales pending = new Scales();
        return new Source(
                channel -> {
                    float[] scales = pending.start(Math.multiplyExact(out, blocks));
                    byte[] packed = new byte[Math.multiplyExact(out, blocks * BLOCK / 2)];
                    forEachBlock(matrix, (first, count, rows) -> {
                        Nibbles nibbles = new Nibbles();
                        for (int r = 0; r < count; r++) {
                            for (int b = 0; b < blocks; b++) {
                                int start = b * BLOCK;
                                int place = (first + r) * blocks + b;
                                scales[place] = nibbles.pack(
                                        rows, r * in + start, Math.min(BLOCK, in - start), packed, place * BLOCK / 2);
                            }
                        }
                    });
                    write(channel, packed);
                },
                pending::writeTo);
    }

    /** @return blocks of that many inputs, the last one filled up with zeros */
    static int blocks(int in) {
        return (in + BLOCK - 1) / BLOCK;
    }

    private static void write(WritableByteChannel channel, byte[] bytes) throws IOException {
        // Pieces, because the file channel copies what lies on the heap into native memory of the piece's size.
        for (int first = 0; first < bytes.length; first += 1 << 20) {
            ByteBuffer piece = ByteBuffer.wrap(bytes, first, Math.min(1 << 20, bytes.length - first));
            while (piece.hasRemaining()) {
                channel.write(piece);
            }
        }
    }

    @FunctionalInterface
    private interface Block {
        /** @param rows {@code count} rows of the matrix, from row {@code first} on */
        void at(int first, int count, float[] rows);
    }

    private static void forEachBlock(Matrix matrix, Block work) throws IOException {
        int blocks = (matrix.out() + ROWS - 1) / ROWS;
        try {
            IntStream.range(0, blocks).parallel().forEach(block -> {
                int first = block * ROWS;
                int count = Math.min(ROWS, matrix.out() - first);
                float[] rows = new float[count * matrix.in()];
                try {
                    matrix.read(first, count, rows);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                work.at(first, count, rows);
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
