package org.loupe.decode;

import org.bytedeco.opencv.global.opencv_core;

/** Sets up the native media libraries once a process: quiet, one thread a call, memory accounted by us. */
public final class MediaLibraries {
    static {
        // JavaCPP refuses allocations once the process is larger than four heaps. Memory-mapped model weights count as
        // process
        // size, so a server with a large model would lose its decoder; DecodeLimits and DecodeBudget bound the memory
        // instead.
        if (System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes") == null) {
            System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        }
        opencv_core.setNumThreads(1); // concurrency belongs to the caller: one decode, one core
    }

    private MediaLibraries() {}

    /** Makes sure the set-up has happened; cheap when it has. Call before the first use of OpenCV or ffmpeg. */
    public static void prepare() {
        // Running the static initialiser is all there is to do.
    }
}
