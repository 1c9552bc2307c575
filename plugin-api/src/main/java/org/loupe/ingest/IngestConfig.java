package org.loupe.ingest;

import java.time.Duration;
import org.loupe.config.ConfigProblems;

/**
 * How much at once, and how patiently.
 *
 * @param maxInFlight assets scored at the same time; each holds a thread and up to 32 MiB; 1..64, default 8, which fills a server's batch
 * @param maxBacklog assets the journal takes before new ones are refused as OVERLOADED; 1..10 million, default 1 million: some hundred
 *     megabytes on disk, so that a flood of events cannot fill it
 * @param maxAttempts tries for failures that are ours or the server's (IO_FAILED, INTERNAL, DEADLINE_EXCEEDED, ...) before an asset is
 *     parked; 1..100, default 5
 * @param patience how long an asset waits for a server that is down, full, or refuses the token or model, before it is parked; up to 365
 *     days, default 7 days: an outage over a long weekend loses nothing
 * @param firstDelay wait after the first failure, doubled with each further one; 1 ms..1 h, default 1 s
 * @param maxDelay longest wait; at least the first, at most 1 day, default 1 min, so that work goes on soon after an outage
 * @param drainTimeout how long closing waits for assets in flight before it interrupts them; they stay in the journal; up to 1 h,
 *     default 30 s
 */
public record IngestConfig(
        int maxInFlight,
        long maxBacklog,
        int maxAttempts,
        Duration patience,
        Duration firstDelay,
        Duration maxDelay,
        Duration drainTimeout) {
    public static final IngestConfig DEFAULT = new IngestConfig(
            8, 1_000_000, 5, Duration.ofDays(7), Duration.ofSeconds(1), Duration.ofMinutes(1), Duration.ofSeconds(30));

    /** @throws IllegalArgumentException naming everything that is wrong, one a line */
    public IngestConfig {
        new ConfigProblems()
                .check(maxInFlight >= 1 && maxInFlight <= 64, "ingest.max-in-flight must be 1..64, was %s", maxInFlight)
                .check(
                        maxBacklog >= 1 && maxBacklog <= 10_000_000,
                        "ingest.max-backlog must be 1..10000000, was %s",
                        maxBacklog)
                .check(
                        maxAttempts >= 1 && maxAttempts <= 100,
                        "ingest.max-attempts must be 1..100, was %s",
                        maxAttempts)
                .check(
                        !patience.isNegative() && patience.compareTo(Duration.ofDays(365)) <= 0,
                        "ingest.patience must be 0..365 days, was %s",
                        patience)
                .check(
                        firstDelay.toMillis() >= 1 && firstDelay.compareTo(Duration.ofHours(1)) <= 0,
                        "ingest.first-delay must be 1 ms..1 h, was %s",
                        firstDelay)
                .check(
                        maxDelay.compareTo(firstDelay) >= 0 && maxDelay.compareTo(Duration.ofDays(1)) <= 0,
                        "ingest.max-delay must be first-delay..1 day, was %s",
                        maxDelay)
                .check(
                        !drainTimeout.isNegative() && drainTimeout.compareTo(Duration.ofHours(1)) <= 0,
                        "ingest.drain-timeout must be 0..1 h, was %s",
                        drainTimeout)
                .throwIfAny();
    }

    public IngestConfig withMaxInFlight(int other) {
        return new IngestConfig(other, maxBacklog, maxAttempts, patience, firstDelay, maxDelay, drainTimeout);
    }

    public IngestConfig withMaxBacklog(long other) {
        return new IngestConfig(maxInFlight, other, maxAttempts, patience, firstDelay, maxDelay, drainTimeout);
    }

    /** See {@link #firstDelay} and {@link #maxDelay}. */
    public IngestConfig withDelays(Duration first, Duration max) {
        return new IngestConfig(maxInFlight, maxBacklog, maxAttempts, patience, first, max, drainTimeout);
    }
}
