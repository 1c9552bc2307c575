package org.loupe.batch;

import java.util.concurrent.atomic.AtomicLong;

/** What all owner threads of a queue have done. Safe for use by many threads. */
final class RunCounters {
    private final AtomicLong runs = new AtomicLong();
    private final AtomicLong frames = new AtomicLong();
    private final AtomicLong rows = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    void noteRun(int runFrames, int runRows) {
        runs.incrementAndGet();
        frames.addAndGet(runFrames);
        rows.addAndGet(runRows);
    }

    void noteFailure() {
        failed.incrementAndGet();
    }

    long runs() {
        return runs.get();
    }

    long frames() {
        return frames.get();
    }

    long rows() {
        return rows.get();
    }

    long failed() {
        return failed.get();
    }
}
