package org.loupe.decode;

import java.util.concurrent.Semaphore;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Bounds the memory of all decodes of a process together, in pixels: many small photos or one huge one at a time, instead of a number of
 * threads that fits neither. Fair: a huge photo waits its turn and is not overtaken for ever. Safe for many threads.
 */
public final class DecodeBudget {
    /** Two of the largest photos at once; beyond that the engine, not the decoder, is what a server waits for. */
    private static final long LARGEST_DEFAULT_PIXELS = 2 * DecodeLimits.DEFAULT.maxPixels();

    /** A decoded pixel is three bytes on the heap. */
    private static final int BYTES_A_PIXEL = 3;

    /** A semaphore counts in int; a unit of 1024 pixels keeps 2 terapixels in reach. */
    private static final int UNIT_PIXELS = 1024;

    private final long pixels;
    private final Semaphore units;

    /** @param pixels most pixels in decode at the same time, at least 1 */
    public DecodeBudget(long pixels) {
        if (pixels < 1) {
            throw new IllegalArgumentException("decode.budget-pixels must be at least 1, was " + pixels);
        }
        this.pixels = pixels;
        this.units = new Semaphore(units(pixels), true);
    }

    /** A budget for this process: half the heap, at most two of the largest photos. */
    public static DecodeBudget ofHeap() {
        return new DecodeBudget(Math.min(
                LARGEST_DEFAULT_PIXELS, Math.max(1, Runtime.getRuntime().maxMemory() / 2 / BYTES_A_PIXEL)));
    }

    /** @return most pixels in decode at the same time */
    public long pixels() {
        return pixels;
    }

    /**
     * Waits until the pixels are free and takes them.
     *
     * @param wanted what the decode will hold at its peak
     * @throws ScoringException MEDIA_TOO_LARGE if that is more than the whole budget, CANCELLED if the thread is interrupted while waiting
     */
    Lease take(long wanted) {
        if (wanted > pixels) {
            throw new ScoringException(
                    ErrorReason.MEDIA_TOO_LARGE,
                    "decoding takes memory for " + wanted + " pixels, this server has a budget of " + pixels);
        }
        int count = units(wanted);
        try {
            units.acquire(count);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ScoringException(ErrorReason.CANCELLED, "interrupted while waiting for memory to decode", e);
        }
        return () -> units.release(count);
    }

    private static int units(long pixels) {
        return Math.toIntExact((pixels + UNIT_PIXELS - 1) / UNIT_PIXELS);
    }

    /** Pixels taken; closing gives them back, once. */
    @FunctionalInterface
    interface Lease extends AutoCloseable {
        @Override
        void close();
    }
}
