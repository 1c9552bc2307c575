package org.loupe.batch;

import java.util.concurrent.CompletableFuture;

/** Where jobs wait for one engine. Safe for use by many threads. */
public interface ScoreQueue extends AutoCloseable {
    /**
     * Takes a job.
     *
     * @return completes on one of the queue's owner threads, so whatever hangs on it must be short; exceptionally always with a
     *     {@link org.loupe.score.ScoringException}: OVERLOADED with a delay if too many frames wait, SHUTTING_DOWN while closing,
     *     DEADLINE_EXCEEDED if the deadline passed before the run (the job is then never run), MODEL_FAILED if the engine refuses it.
     *     Cancelling it frees the place.
     */
    CompletableFuture<JobAnswer> submit(ScoreJob job);

    /** @return whether a job of that many frames would be taken now; spares the decoding of what will be refused anyway */
    boolean admits(int frames);

    /** @return what happened so far */
    QueueStatistics statistics();

    /** Takes no new jobs, finishes the waiting ones and returns when the last is answered; idempotent. The engine stays open. */
    @Override
    void close();
}
