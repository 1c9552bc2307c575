package org.loupe.client;

import java.util.concurrent.CompletableFuture;
import org.loupe.score.ScoredMedia;

/**
 * Many media over one call, each answered as soon as it is scored, in any order. Made for going through a whole library: the connection is
 * held, and whoever hands media over is slowed down to what the server scores. Safe for use by many threads.
 *
 * <pre>{@code
 * try (ScoreStream stream = client.openStream(8)) {
 *     for (Path photo : photos) {
 *         stream.score(MediaContent.of(photo), ScoreOptions.DEFAULT).whenComplete((scored, failure) -> ...);
 *     }
 * } // every answer is there
 * }</pre>
 */
public interface ScoreStream extends AutoCloseable {
    /** Most unanswered media of one stream: each may hold 32 MiB here, and servers read no more ahead. */
    int MAX_WINDOW = 256;

    /**
     * Hands one medium over. Waits while as many as the window allows are unanswered, or the connection takes no more; so at most that many
     * are in memory. What the stream cannot carry is scored beside it by calls of its own, with the client's retries and over all its servers:
     * media above {@link ScoringClient#INLINE_BYTES}, media a server was too full for, and everything unanswered and to come once the stream
     * has broken.
     *
     * @return completes on a thread of the client, exceptionally always with a {@link org.loupe.score.ScoringException}, whose reasons are those
     *     of {@link ScoringClient#score}; cancelling it gives its place in the window to another
     * @throws org.loupe.score.ScoringException DEADLINE_EXCEEDED if there was no place within the configured deadline, CANCELLED if the thread was
     *     interrupted (its flag is set again)
     * @throws IllegalStateException after {@link #close}
     */
    CompletableFuture<ScoredMedia> score(MediaContent content, ScoreOptions options);

    /** Says that nothing follows and waits for the answers, each no longer than the configured deadline. Idempotent. */
    @Override
    void close();
}
