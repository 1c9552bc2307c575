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
 * @param model a name or {@code name/version}; empty (the default) for the server's default model
 * @param orientation what to do with the camera's orientation; {@link Orientation#APPLY} by default
 * @param requestId stands in the server's log, at most 128 characters; empty (the default) lets the client make one up
 */
public record ScoreOptions(Set<Task> tasks, String model, Orientation orientation, Optional<String> requestId) {
    /** Everything the default model has, upright. */
    public static final ScoreOptions DEFAULT = new ScoreOptions(Set.of(), "", Orientation.APPLY, Optional.empty());

    /** What to do with the orientation a camera noted in the file. */
    public enum Orientation {
        /** Turn the picture upright first. */
        APPLY,
        /** Score the pixels as they are stored. */
        IGNORE
    }

    public ScoreOptions {
        tasks = tasks.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(tasks));
    }

    public ScoreOptions withTasks(Set<Task> other) {
        return new ScoreOptions(other, model, orientation, requestId);
    }

    public ScoreOptions withModel(String other) {
        return new ScoreOptions(tasks, other, orientation, requestId);
    }

    public ScoreOptions withOrientation(Orientation other) {
        return new ScoreOptions(tasks, model, other, requestId);
    }

    public ScoreOptions withRequestId(String other) {
        return new ScoreOptions(tasks, model, orientation, Optional.of(other));
    }
}
