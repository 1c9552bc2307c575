package org.loupe.score;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A failure with a catalogued reason. The message is fit for the caller to read: it says what is wrong and what to do. */
public final class ScoringException extends RuntimeException {
    private final ErrorReason reason;
    private final @Nullable Duration retryAfter;

    public ScoringException(ErrorReason reason, String message) {
        this(reason, message, null, null);
    }

    public ScoringException(ErrorReason reason, String message, @Nullable Throwable cause) {
        this(reason, message, cause, null);
    }

    /** @param retryAfter for {@link ErrorReason.Kind#CAPACITY}: when to try again */
    public ScoringException(
            ErrorReason reason, String message, @Nullable Throwable cause, @Nullable Duration retryAfter) {
        super(message, cause);
        this.reason = reason;
        this.retryAfter = retryAfter;
    }

    /** @return IO_FAILED in words: what the system reports of a missing file is its name alone */
    public static ScoringException cannotRead(Path file, IOException e) {
        String why = e instanceof NoSuchFileException
                ? "there is no such file"
                : e instanceof AccessDeniedException
                        ? "this user may not"
                        : e.getMessage() == null ? e.toString() : e.getMessage();
        return new ScoringException(ErrorReason.IO_FAILED, "cannot read " + file + ": " + why, e);
    }

    public ErrorReason reason() {
        return reason;
    }

    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
