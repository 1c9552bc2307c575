package org.loupe.scoring;

import java.time.Duration;
import org.loupe.config.ConfigProblems;
import org.loupe.settings.ConfigPrefix;
import org.loupe.settings.Doc;

/**
 * How much work is let in at a time.
 *
 * @param decodeThreads media decoded at the same time; 0 means one for each processor this process may use
 * @param maxWaiting media waiting to be decoded
 * @param maxHeldBytes encoded bytes held in memory by all media let in
 * @param cacheBytes memory for remembered results, roughly; 0 forgets at once
 * @param drain longest wait for unfinished work when stopping
 */
@ConfigPrefix("scoring")
public record ScoringConfig(
        @Doc("Media decoded at the same time, 0..256; 0 takes one for each processor this process may use")
        int decodeThreads,

        @Doc("Media waiting to be decoded, 1..100000; beyond that requests are answered OVERLOADED")
        int maxWaiting,

        @Doc("Encoded bytes in memory over all requests, at least 32 MiB; beyond that requests are answered OVERLOADED")
        long maxHeldBytes,

        @Doc("Memory for remembered results, in bytes; 0 remembers none")
        long cacheBytes,

        @Doc("Longest wait for unfinished work when stopping, 0s..1h")
        Duration drain) {
    /** 16 photos of the largest size that comes in one message, and results of some hundred thousand media. */
    public static final ScoringConfig DEFAULT =
            new ScoringConfig(0, 256, 512L << 20, 64L << 20, Duration.ofSeconds(30));

    private static final long LARGEST_MESSAGE_BYTES = 32L << 20;

    public ScoringConfig {
        new ConfigProblems()
                .check(
                        decodeThreads >= 0 && decodeThreads <= 256,
                        "scoring.decode-threads must be 0..256, was %s",
                        decodeThreads)
                .check(
                        maxWaiting >= 1 && maxWaiting <= 100_000,
                        "scoring.max-waiting must be 1..100000, was %s",
                        maxWaiting)
                .check(
                        maxHeldBytes >= LARGEST_MESSAGE_BYTES,
                        "scoring.max-held-bytes must be at least 32MiB, was %s",
                        maxHeldBytes)
                .check(cacheBytes >= 0, "scoring.cache-bytes must not be negative, was %s", cacheBytes)
                .check(
                        !drain.isNegative() && drain.compareTo(Duration.ofHours(1)) <= 0,
                        "scoring.drain must be 0s..1h, was %s",
                        drain)
                .throwIfAny();
    }

    int effectiveDecodeThreads() {
        return decodeThreads == 0 ? Runtime.getRuntime().availableProcessors() : decodeThreads;
    }
}
