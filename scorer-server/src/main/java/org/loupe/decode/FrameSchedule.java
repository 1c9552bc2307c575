package org.loupe.decode;

/** Which frames of a video are looked at: one a second, as the reference implementation takes them. */
final class FrameSchedule {
    private FrameSchedule() {}

    /** @return how many frames are taken; a clip under one second gives its first frame, where the reference fails */
    static long count(long frames, double framesPerSecond) {
        return Math.max(1, (long) Math.floor(frames / framesPerSecond));
    }

    /** @return index in presentation order of the frame taken for the given second */
    static long index(long second, double framesPerSecond) {
        return (long) Math.floor(framesPerSecond * second);
    }
}
