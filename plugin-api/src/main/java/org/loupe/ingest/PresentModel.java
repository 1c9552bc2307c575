package org.loupe.ingest;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.loupe.client.ScoringClient;
import org.loupe.score.ModelRef;

/** Which model scores now. Asks the server, but not for every asset. Safe for use by many threads. */
final class PresentModel {
    /** How long an answer counts: a new model is noticed within this, and a sweep costs one question a minute. */
    private static final Duration FRESH = Duration.ofMinutes(1);

    private final ScoringClient client;
    private final String wanted;
    private final Clock clock;
    private @Nullable ModelRef known;
    private Instant askedAt = Instant.MIN;

    PresentModel(ScoringClient client, String wanted, Clock clock) {
        this.client = client;
        this.wanted = wanted;
        this.clock = clock;
    }

    /** @throws org.loupe.score.ScoringException if no server can tell */
    ModelRef ref() {
        ModelRef fresh = freshRef();
        if (fresh != null) {
            return fresh;
        }
        ModelRef asked = client.model(wanted).ref(); // outside the lock: it may take as long as the deadline
        seen(asked);
        return asked;
    }

    /** Remembers the model of an answer that just came. */
    synchronized void seen(ModelRef ref) {
        known = ref;
        askedAt = clock.instant();
    }

    private synchronized @Nullable ModelRef freshRef() {
        return known != null && clock.instant().isBefore(askedAt.plus(FRESH)) ? known : null;
    }
}
