package org.loupe.ingest;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.loupe.client.ScoreOptions;
import org.loupe.client.ScoringClient;
import org.loupe.score.ModelRef;
import org.loupe.score.ScoringException;

/** Which model scores now. Asks the server, but not for every asset. Safe for use by many threads. */
final class PresentModel {
    /** How long an answer counts: a new model is noticed within this, and a sweep costs one question a minute. */
    private static final Duration FRESH = Duration.ofMinutes(1);

    private final ScoringClient client;
    private final ScoreOptions wanted;
    private final Clock clock;
    private @Nullable ModelRef known;
    private Instant askedAt = Instant.MIN;

    PresentModel(ScoringClient client, ScoreOptions wanted, Clock clock) {
        this.client = client;
        this.wanted = wanted;
        this.clock = clock;
    }

    /**
     * @return the model, with the adapter that is asked for, as metadata names them
     * @throws ScoringException ADAPTER_NOT_FOUND if the model has no such adapter; whatever a client throws if no server can tell
     */
    ModelRef ref() {
        ModelRef fresh = freshRef();
        if (fresh != null) {
            return fresh;
        }
        // outside the lock: it may take as long as the deadline
        ModelRef asked = client.model(wanted.model()).adaptedBy(wanted.adapter());
        seen(asked);
        return asked;
    }

    /** Remembers what gave an answer that just came, as {@link #ref} names it. */
    synchronized void seen(ModelRef ref) {
        known = ref;
        askedAt = clock.instant();
    }

    private synchronized @Nullable ModelRef freshRef() {
        return known != null && clock.instant().isBefore(askedAt.plus(FRESH)) ? known : null;
    }
}
