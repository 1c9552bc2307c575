package org.loupe.hub;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Counts the failures of one request and waits between them. For one thread. */
final class Retry {
    private final HubPolicy policy;
    private int failures;

    Retry(HubPolicy policy) {
        this.policy = policy;
    }

    /** Something was achieved since the last failure. */
    void progressed() {
        failures = 0;
    }

    /**
     * Waits until it is worth trying again.
     *
     * @throws ScoringException HUB_FAILED if it was tried often enough, CANCELLED if this thread was interrupted
     */
    void failed(String what, HubTrouble trouble) {
        failures++;
        if (failures >= policy.attempts()) {
            throw new ScoringException(
                    ErrorReason.HUB_FAILED,
                    what + ": " + trouble.getMessage() + ", " + failures
                            + " times in a row; what was fetched is kept, the same command continues",
                    trouble);
        }
        try {
            Thread.sleep(delay(trouble).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ScoringException(ErrorReason.CANCELLED, "the download was stopped", e);
        }
    }

    /** Never shorter than the server asks for, but bounded; varied so that parallel requests do not come back all at once. */
    private Duration delay(HubTrouble trouble) {
        Duration doubled = policy.firstBackoff().multipliedBy(1L << Math.min(failures - 1, 20));
        Duration asked = trouble.retryAfter().orElse(Duration.ZERO);
        Duration longer = asked.compareTo(doubled) > 0 ? asked : doubled;
        long nanos = (long) (longer.toNanos() * (1 + ThreadLocalRandom.current().nextDouble() / 2));
        return Duration.ofNanos(Math.min(nanos, policy.longestBackoff().toNanos()));
    }
}
