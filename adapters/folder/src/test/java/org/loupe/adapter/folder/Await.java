package org.loupe.adapter.folder;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for what other threads bring about. */
final class Await {
    /** Longer than any loaded machine needs; reached only when something is wrong. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Await() {}

    static void until(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("did not come about: " + what);
            }
            LockSupport.parkNanos(5_000_000);
        }
    }
}
