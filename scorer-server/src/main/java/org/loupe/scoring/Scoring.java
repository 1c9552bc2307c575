package org.loupe.scoring;

import java.util.concurrent.CompletableFuture;
import org.loupe.score.ScoredMedia;

/** Scores media in this process. Safe for use by many threads. */
public interface Scoring extends AutoCloseable {
    /**
     * Scores one medium; never blocks the caller.
     *
     * @return completes exceptionally always with a {@link org.loupe.score.ScoringException}: any of the caller's, capacity's and
     *     internal reasons. Whatever hangs on it must be short. Cancelling it gives the place to somebody else.
     */
    CompletableFuture<ScoredMedia> score(ScoringRequest request);

    /** @return what was let in and remembered so far */
    ScoringStatistics statistics();

    /** Takes nothing new, finishes what was let in as long as the configuration says, then refuses the rest; idempotent. */
    @Override
    void close();
}
