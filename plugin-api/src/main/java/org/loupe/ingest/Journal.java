package org.loupe.ingest;

import java.time.Instant;
import java.util.List;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Remembers which assets are still to be scored. Every change is durable when its method returns: it survives the end of the process at
 * any moment. Safe for use by many threads; one process at a time.
 *
 * <p>Every method throws {@link ScoringException} with IO_FAILED if the store cannot be read or written.
 */
public interface Journal extends AutoCloseable {
    /** Longest asset id, in characters; longer than any path or URL systems hand out. */
    int MAX_ID_CHARS = 4096;

    /**
     * Takes an asset in, or again: it is pending, due at once, its attempts begin anew and its revision grows.
     *
     * @throws ScoringException INVALID_REQUEST if the id is empty or longer than {@link #MAX_ID_CHARS}
     */
    void accept(String assetId, Instant now);

    /** @return at most {@code limit} pending entries whose time has come, the longest due first */
    List<JournalEntry> due(Instant now, int limit);

    /** Counts a failed try. Without effect if the asset was accepted again since. */
    void retryLater(JournalEntry entry, ErrorReason reason, String message, Instant nextAttempt);

    /** Counts a failed try and gives up. Without effect if the asset was accepted again since. */
    void park(JournalEntry entry, ErrorReason reason, String message);

    /** Forgets the asset, unless it was accepted again since. */
    void done(JournalEntry entry);

    /** @return at most {@code limit} entries in the state, the oldest accepted first */
    List<JournalEntry> list(JournalEntry.State state, int limit);

    /** @return number of entries in the state */
    long count(JournalEntry.State state);

    /** Makes every parked asset pending and due at once. @return how many */
    long retryParked(Instant now);

    /** Releases the store. */
    @Override
    void close();
}
