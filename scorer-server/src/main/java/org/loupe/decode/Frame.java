package org.loupe.decode;

/**
 * One decoded picture, 8-bit sRGB.
 *
 * @param width pixels, at least 1
 * @param height pixels, at least 1
 * @param rgb {@code uint8[height, width, 3]}, interleaved, row by row; not copied, never changed after construction
 */
public record Frame(int width, int height, byte[] rgb) {
    public Frame {
        if (width < 1 || height < 1 || rgb.length != Math.multiplyExact(Math.multiplyExact(width, height), 3)) {
            throw new IllegalArgumentException(
                    "frame of " + width + " x " + height + " cannot hold " + rgb.length + " bytes");
        }
    }
}
