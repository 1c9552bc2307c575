package org.loupe.ingest;

import java.time.Instant;
import java.util.Optional;
import org.loupe.score.ErrorReason;

/**
 * One asset the journal remembers.
 *
 * @param assetId the library's id
 * @param revision grows each time the asset is accepted; tells an answer for old bytes from one for new
 * @param state waiting or given up
 * @param attempts tries since the asset was last accepted
 * @param acceptedAt when it was last accepted
 * @param nextAttempt not before then
 * @param reason why the last try failed, if one did
 * @param message the same for people to read
 */
public record JournalEntry(
        String assetId,
        long revision,
        State state,
        int attempts,
        Instant acceptedAt,
        Instant nextAttempt,
        Optional<ErrorReason> reason,
        Optional<String> message) {

    /** What is to happen with it. What is done is not remembered. */
    public enum State {
        /** To be scored. */
        PENDING,
        /** Given up until somebody asks again. */
        PARKED
    }
}
