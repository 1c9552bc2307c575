package org.loupe.decode;

/** How far a still may be reduced while it is decoded; JPEG only, where it saves most of the work. */
@FunctionalInterface
public interface DecodeReduction {
    /** Every pixel is decoded. */
    DecodeReduction NONE = (width, height) -> 1;

    /**
     * @param width full width as the frame will be oriented, pixels
     * @param height full height, pixels
     * @return 1, 2, 4 or 8: both sides may be divided by it, rounded up
     */
    int of(int width, int height);
}
