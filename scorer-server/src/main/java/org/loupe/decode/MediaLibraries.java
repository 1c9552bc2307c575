package org.loupe.decode;

import java.util.concurrent.atomic.AtomicReference;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.jspecify.annotations.Nullable;
import org.loupe.media.MediaTypes;

/**
 * Loads and sets up the native media libraries, each once a process: quiet, one thread a call, memory accounted by us. Loading is done on
 * a thread of its own: an interrupt while a library is unpacked would leave its class unusable for the life of the process, and request
 * threads are interrupted whenever a caller gives up.
 */
public final class MediaLibraries {
    static {
        // JavaCPP refuses allocations once the process is larger than four heaps. Memory-mapped model weights count as
        // process
        // size, so a server with a large model would lose its decoder; DecodeLimits and DecodeBudget bound the memory
        // instead.
        if (System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes") == null) {
            System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        }
        loadApart(new OpenCv());
    }

    private MediaLibraries() {}

    /** Makes sure that OpenCV is there; cheap when it is. Call before its first use. */
    public static void prepare() {
        // Running the static initialiser is all there is to do.
    }

    /** Makes sure that ffmpeg is there too; only videos need it. */
    static void prepareVideo() {
        Video.prepare();
    }

    private static final class Video {
        static {
            loadApart(new Ffmpeg());
        }

        static void prepare() {}
    }

    /** No lambda and no outer state: a class that is being initialised must not be touched from another thread. */
    private static final class OpenCv implements Runnable {
        @Override
        public void run() {
            MediaTypes.supported(); // its registry is read on first use, and that does not survive an interrupt either
            Loader.load(opencv_imgproc.class);
            Loader.load(opencv_imgcodecs.class);
            opencv_core.setNumThreads(1); // concurrency belongs to the caller: one decode, one core
        }
    }

    private static final class Ffmpeg implements Runnable {
        @Override
        public void run() {
            Loader.load(avcodec.class);
            Loader.load(avformat.class);
            Loader.load(swscale.class);
            avutil.av_log_set_level(
                    avutil.AV_LOG_QUIET); // damaged media are reported as errors, not on the server's stderr
        }
    }

    private static void loadApart(Runnable load) {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread thread = new Thread(load, "media-libraries");
        thread.setUncaughtExceptionHandler(new Failure(failure));
        thread.start();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw new IllegalStateException(
                    "the native media libraries cannot be loaded: " + thrown.getMessage(), thrown);
        }
    }

    private record Failure(AtomicReference<@Nullable Throwable> seen) implements Thread.UncaughtExceptionHandler {
        @Override
        public void uncaughtException(Thread thread, Throwable thrown) {
            seen.set(thrown);
        }
    }
}
