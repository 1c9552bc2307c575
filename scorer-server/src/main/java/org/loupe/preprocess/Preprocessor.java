package org.loupe.preprocess;

import org.loupe.decode.Frame;

/** Turns a decoded frame into the pixels one model wants. Stateless, safe for many threads. */
public interface Preprocessor {
    /** Changes whenever the same frame would give other pixels; part of the result key. */
    int VERSION = 2;

    /** @return pixels for the graph; the same object when nothing has to change */
    Frame apply(Frame frame);

    /**
     * How far a decoder may reduce a photo before {@link #apply} without going below what the model looks at.
     *
     * @param width full width of the photo, pixels
     * @param height full height, pixels
     * @return 1, 2, 4 or 8: the largest DCT scale denominator with which scores stay what they are, within 0.01 MOS on average
     */
    int decodeReduction(int width, int height);
}
