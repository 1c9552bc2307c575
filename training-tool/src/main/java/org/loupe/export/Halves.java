package org.loupe.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;

/** {@code float32} to {@code float16}, to the nearest, ties to even. */
public final class Halves {
    /** Largest finite half. */
    public static final float MAX = 65504f;

    private Halves() {}

    /**
     * @param value at most {@link #MAX} in magnitude after rounding
     * @return its bits
     */
    public static short of(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        int magnitude = bits & 0x7fffffff;
        if (magnitude >= 0x477ff000) {
            throw new ArithmeticException(value + " does not fit 16 bits");
        }
        if (magnitude < 0x38800000) { // below the smallest normal half: a multiple of 2^-24, exact to scale
            return (short) (sign | (int) Math.rint(Math.abs((double) value) * 0x1p24));
        }
        int rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
        return (short) (sign | ((rounded - 0x38000000) >>> 13));
    }

    /** The bytes of a source of {@code float32} elements as halves. */
    static WeightSource of(WeightSource floats) {
        return channel -> {
            Narrowing narrowing = new Narrowing(channel);
            floats.writeTo(narrowing);
            narrowing.finish();
        };
    }

    /** Takes pieces of floats, which may be cut anywhere, and passes them on as halves. */
    private static final class Narrowing implements WritableByteChannel {
        private static final int PIECE_BYTES = 1 << 16;

        private final WritableByteChannel out;
        private final ByteBuffer wide = ByteBuffer.allocate(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        private final ByteBuffer narrow = ByteBuffer.allocate(PIECE_BYTES / 2).order(ByteOrder.LITTLE_ENDIAN);

        Narrowing(WritableByteChannel out) {
            this.out = out;
        }

        @Override
        public int write(ByteBuffer piece) throws IOException {
            int taken = 0;
            while (piece.hasRemaining()) {
                int count = Math.min(piece.remaining(), wide.remaining());
                wide.put(piece.slice(piece.position(), count));
                piece.position(piece.position() + count);
                taken += count;
                if (!wide.hasRemaining()) {
                    finish();
                }
            }
            return taken;
        }

        void finish() throws IOException {
            wide.flip();
            narrow.clear();
            while (wide.hasRemaining()) {
                narrow.putShort(of(wide.getFloat()));
            }
            wide.clear();
            narrow.flip();
            while (narrow.hasRemaining()) {
                out.write(narrow);
            }
        }

        @Override
        public boolean isOpen() {
            return out.isOpen();
        }

        @Override
        public void close() {
            // The channel belongs to whoever writes the graph.
        }
    }
}
