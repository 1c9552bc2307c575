package org.loupe.decode;

/** Takes frames one by one, so that a clip never has to lie in memory as a whole. */
@FunctionalInterface
public interface FrameSink {
    /**
     * Called on the decoding thread; the decoder waits. An exception ends the decode and reaches its caller.
     *
     * @param index position of the frame among those delivered, from 0; of a video also its second
     * @param frame the sink's to keep
     */
    void accept(int index, Frame frame);
}
