package org.loupe.engine;

import java.nio.ByteBuffer;

/**
 * One graph run's input.
 *
 * @param frames F, the number of frames
 * @param height H of every frame
 * @param width W of every frame
 * @param pixels direct buffer, {@code uint8[F, H, W, 3]}, position 0; stays the caller's
 * @param rowFrames {@code int64[R, K]}: for each row the frames it looks at; every row has the same K
 * @param rowPrompt {@code int64[R]}: index into the manifest's prompts
 */
public record EngineBatch(int frames, int height, int width, ByteBuffer pixels, long[][] rowFrames, long[] rowPrompt) {}
