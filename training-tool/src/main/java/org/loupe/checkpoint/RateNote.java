package org.loupe.checkpoint;

import java.util.Locale;

/** Bytes a second since the work began, as a note behind a progress bar. Safe for many threads. */
public final class RateNote {
    // Before this the rate says nothing.
    private static final double SETTLED_SECONDS = 1;

    private final long start = System.nanoTime();

    /** @return {@code 512 MB/s}, or nothing at the very beginning */
    public String at(long doneBytes) {
        double seconds = (System.nanoTime() - start) / 1e9;
        return seconds < SETTLED_SECONDS ? "" : String.format(Locale.ROOT, "%.0f MB/s", doneBytes / 1e6 / seconds);
    }
}
