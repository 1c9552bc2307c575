package org.loupe.scoring;

import java.util.OptionalLong;
import org.loupe.batch.Lane;
import org.loupe.client.ScoreOptions;
import org.loupe.decode.MediaSource;

/**
 * One medium to score.
 *
 * @param media bytes or a file; must not change until the answer is there
 * @param options what to ask which model
 * @param deadlineNanos when the answer is of no use any more, as {@link System#nanoTime}; empty for never
 * @param lane how urgent it is
 */
public record ScoringRequest(MediaSource media, ScoreOptions options, OptionalLong deadlineNanos, Lane lane) {
    /** A request of a person who waits, without deadline. */
    public static ScoringRequest of(MediaSource media, ScoreOptions options) {
        return new ScoringRequest(media, options, OptionalLong.empty(), Lane.INTERACTIVE);
    }
}
