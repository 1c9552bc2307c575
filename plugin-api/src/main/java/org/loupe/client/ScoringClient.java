package org.loupe.client;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;

/**
 * Asks scoring servers for scores. Spreads calls over the servers it was given, goes on to the next one when a server cannot answer, and
 * repeats a call only for reasons that say it may succeed later. Safe for use by many threads; make one and keep it.
 */
public interface ScoringClient extends AutoCloseable {
    /**
     * Largest medium sent in one message. More is streamed in chunks, because a server has to hold a whole message in memory before it
     * can refuse it; 32 MiB is what every server accepts and holds a 24-megapixel photo of any usual kind.
     */
    long INLINE_BYTES = 32L * 1024 * 1024;

    /** Connects lazily; a server that is down is noticed at the first call. The caller closes the client. */
    static ScoringClient connect(ClientConfig config) {
        return GrpcScoringClient.connect(config);
    }

    /**
     * Scores one medium and waits for the answer.
     *
     * @return the scores, one per task asked
     * @throws ScoringException with any reason a server gives; SERVER_UNAVAILABLE if none could be reached, DEADLINE_EXCEEDED when the
     *     configured deadline passed, CANCELLED if the thread was interrupted (its flag is set again) or the client closed, IO_FAILED if
     *     the file cannot be read, MEDIA_EMPTY without asking a server for a medium of no bytes
     */
    ScoredMedia score(MediaContent content, ScoreOptions options);

    /**
     * As {@link #score}, without waiting. A file of up to {@link #INLINE_BYTES} is read before this returns; the number of calls in
     * flight is the caller's to bound. Cancelling the future cancels the call.
     *
     * @return completes on a thread of the client, exceptionally always with a {@link ScoringException}
     */
    CompletableFuture<ScoredMedia> scoreAsync(MediaContent content, ScoreOptions options);

    /**
     * Opens a stream to one server, for many media one after the other.
     *
     * @param window most media that may be unanswered at a time, 1 to {@link ScoreStream#MAX_WINDOW}; some more than the server's cores keeps it
     *     busy
     * @return the caller closes it before the client
     */
    ScoreStream openStream(int window);

    /**
     * @return the loaded models of one server, the default first
     * @throws ScoringException as {@link #score}
     */
    List<ModelInfo> models();

    /**
     * @param model a name or {@code name/version}; empty for the default model
     * @return what one server has loaded under it
     * @throws ScoringException MODEL_NOT_FOUND if it has none, otherwise as {@link #score}
     */
    ModelInfo model(String model);

    /** Cancels what is in flight and disconnects. */
    @Override
    void close();
}
