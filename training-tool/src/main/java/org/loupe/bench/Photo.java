package org.loupe.bench;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.loupe.engine.EngineBatch;
import org.loupe.modelpackage.Manifest;

/** Made-up photos of the size a model wants at most: what is in them costs no time. */
final class Photo {
    private final int height;
    private final int width;

    private Photo(int height, int width) {
        this.height = height;
        this.width = width;
    }

    static Photo of(Manifest.Input input) {
        if (input.mode() == Manifest.Mode.PAD_SQUARE) {
            int side = known(input.side());
            return new Photo(side, side);
        }
        return new Photo(known(input.maxShortSide()), known(input.maxLongSide()));
    }

    private static int known(@Nullable Integer side) {
        if (side == null) {
            throw new IllegalArgumentException("the manifest gives no size");
        }
        return side;
    }

    /** @return direct, {@code uint8[frames, height, width, 3]} */
    ByteBuffer pixels(int frames) {
        byte[] colours = new byte[Math.multiplyExact(frames, height * width * 3)];
        new SplittableRandom(1).nextBytes(colours);
        ByteBuffer pixels = ByteBuffer.allocateDirect(colours.length);
        return pixels.put(colours).flip();
    }

    /** @return every photo asked each of the prompts: {@code frames * prompts} rows */
    EngineBatch batch(int frames, long... prompts) {
        long[][] rowFrames = new long[frames * prompts.length][];
        long[] rowPrompt = new long[rowFrames.length];
        for (int row = 0; row < rowFrames.length; row++) {
            rowFrames[row] = new long[] {row / prompts.length};
            rowPrompt[row] = prompts[row % prompts.length];
        }
        return new EngineBatch(frames, height, width, pixels(frames), rowFrames, rowPrompt);
    }
}
