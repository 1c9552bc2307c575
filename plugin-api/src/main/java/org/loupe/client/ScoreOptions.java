package org.loupe.client;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.loupe.score.Task;

/**
 * How a medium is to be scored.
 *
 * @param tasks what to ask; empty (the default) for every task the model has for this kind of media
 * @param model a name, {@code name/version} or an alias; empty (the default) for the server's default model
 * @param adapter a taste adapter of that model, a name or {@code name/version}; empty (the default) for none
 * @param orientation what to do with the camera's orientation; {@link Orientation#APPLY} by default
 * @param segmentSeconds length of the segments of a clip's timeline, 1 to {@link #MAX_SEGMENT_SECONDS}; 0 (the default) for no timeline
 * @param requestId stands in the server's log, at most 128 characters; empty (the default) lets the client make one up
 */
public record ScoreOptions(
        Set<Task> tasks,
        String model,
        String adapter,
        Orientation orientation,
        int segmentSeconds,
        Optional<String> requestId) {
    /** Where a timeline is asked for without saying how long its segments are: a few bars for a clip, a page of them for a film. */
    public static final int DEFAULT_SEGMENT_SECONDS = 5;

    /** A day. */
    public static final int MAX_SEGMENT_SECONDS = 86_400;

    /** Everything the default model has, upright. */
    public static final ScoreOptions DEFAULT =
            new ScoreOptions(Set.of(), "", "", Orientation.APPLY, 0, Optional.empty());

    /** What to do with the orientation a camera noted in the file. */
    public enum Orientation {
        /** Turn the picture upright first. */
        APPLY,
        /** Score the pixels as they are stored. */
        IGNORE
    }

    public ScoreOptions {
        tasks = tasks.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(tasks));
        if (segmentSeconds < 0 || segmentSeconds > MAX_SEGMENT_SECONDS) {
            throw new IllegalArgumentException(
                    "segments of a timeline last 1 to " + MAX_SEGMENT_SECONDS + " seconds, not " + segmentSeconds);
        }
    }

    public ScoreOptions withTasks(Set<Task> other) {
        return new ScoreOptions(other, model, adapter, orientation, segmentSeconds, requestId);
    }

    public ScoreOptions withModel(String other) {
        return new ScoreOptions(tasks, other, adapter, orientation, segmentSeconds, requestId);
    }

    /** @param other a name or {@code name/version}; empty for none */
    public ScoreOptions withAdapter(String other) {
        return new ScoreOptions(tasks, model, other, orientation, segmentSeconds, requestId);
    }

    public ScoreOptions withOrientation(Orientation other) {
        return new ScoreOptions(tasks, model, adapter, other, segmentSeconds, requestId);
    }

    /** @param seconds length of a segment; 0 for no timeline */
    public ScoreOptions withTimeline(int seconds) {
        return new ScoreOptions(tasks, model, adapter, orientation, seconds, requestId);
    }

    public ScoreOptions withRequestId(String other) {
        return new ScoreOptions(tasks, model, adapter, orientation, segmentSeconds, Optional.of(other));
    }
}
