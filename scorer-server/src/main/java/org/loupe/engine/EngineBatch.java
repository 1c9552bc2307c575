package org.loupe.engine;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One graph run's input.
 *
 * @param frames F, the number of frames
 * @param height H of every frame
 * @param width W of every frame
 * @param pixels direct buffer, {@code uint8[F, H, W, 3]}, position 0; stays the caller's
 * @param rowFrames {@code int64[R, K]}: for each row the frames it looks at; every row has the same K
 * @param rowPrompt {@code int64[R]}: index into the manifest's prompts
 * @param adapter whose taste all rows of this run are scored with; null for the base model. Stays the caller's
 */
public record EngineBatch(
        int frames,
        int height,
        int width,
        ByteBuffer pixels,
        long[][] rowFrames,
        long[] rowPrompt,
        @Nullable AdapterHandle adapter) {
    /** A run of the base model. */
    public EngineBatch(int frames, int height, int width, ByteBuffer pixels, long[][] rowFrames, long[] rowPrompt) {
        this(frames, height, width, pixels, rowFrames, rowPrompt, null);
    }
}
