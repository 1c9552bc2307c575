package org.loupe.decode;

/**
 * What the header of a still says, read before any pixel is allocated.
 *
 * @param width stored width, pixels, at least 1
 * @param height stored height, pixels, at least 1
 * @param exifOrientation 1 to 8 as EXIF numbers them, 1 where nothing is noted
 * @param reducible whether the decoder can reduce while decoding (JPEG)
 * @param buffersAllPixels whether decoding holds the full size beside the result, whatever the reduction (progressive JPEG)
 */
record StillHeader(int width, int height, int exifOrientation, boolean reducible, boolean buffersAllPixels) {
    static final int UPRIGHT = 1;

    static StillHeader plain(long width, long height, int exifOrientation) {
        return new StillHeader((int) width, (int) height, exifOrientation, false, false);
    }

    /** @return whether the orientation swaps the sides */
    static boolean turns(int exifOrientation) {
        return exifOrientation >= 5;
    }
}
