package org.loupe.scoring;

import java.util.Optional;

/** Tells how much memory can be had. Safe for use by many threads. */
@FunctionalInterface
public interface MemoryProbe {
    /**
     * What there is.
     *
     * @param availableBytes what could be taken now without pushing anything else out
     * @param totalBytes what this process may use at most, together with everything it shares its limit with
     */
    record Memory(long availableBytes, long totalBytes) {}

    /** @return what there is now; empty where the operating system does not tell */
    Optional<Memory> read();

    /** @return what the system this process runs on says; safe for use by many threads */
    static MemoryProbe system() {
        return new SystemMemory();
    }
}
