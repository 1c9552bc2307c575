package org.loupe.score;

/**
 * The one catalogue of what can go wrong. The name is the stable reason on the wire ({@code google.rpc.ErrorInfo.reason}), in JSON and
 * in logs; names are never changed or reused.
 */
public enum ErrorReason {
    /** The bytes are of a kind that is not scored. */
    UNSUPPORTED_MEDIA_TYPE(Kind.CALLER),
    /** The bytes claim to be a known kind but cannot be decoded. */
    MEDIA_CORRUPT(Kind.CALLER),
    /** Bytes, pixels, frames or duration are over a limit. */
    MEDIA_TOO_LARGE(Kind.CALLER),
    /** No bytes at all. */
    MEDIA_EMPTY(Kind.CALLER),
    /** A container without a picture in it, such as an audio-only MP4. */
    VIDEO_NO_FRAMES(Kind.CALLER),
    /** No model of that name and version is loaded. */
    MODEL_NOT_FOUND(Kind.CALLER),
    /** No taste adapter of that name is loaded on the model. */
    ADAPTER_NOT_FOUND(Kind.CALLER),
    /** An alias or another package of the same name and version stands in the way of loading or unloading a model. */
    MODEL_IN_USE(Kind.CALLER),
    /** There is not enough free memory to load a model. */
    INSUFFICIENT_MEMORY(Kind.CALLER),
    /** The server's settings do not allow this to any caller. */
    NOT_ALLOWED(Kind.CALLER),
    /** The model has no prompt or head for the task or the kind of media. */
    TASK_NOT_SUPPORTED(Kind.CALLER),
    /** The request itself is malformed: missing fields, unknown tasks, chunks out of order. */
    INVALID_REQUEST(Kind.CALLER),
    /** Missing or wrong token. */
    UNAUTHENTICATED(Kind.CALLER),
    /** The queue is full; try again after the stated delay. */
    OVERLOADED(Kind.CAPACITY),
    /** The server is draining and takes no new work. */
    SHUTTING_DOWN(Kind.CAPACITY),
    /** No server could be reached. */
    SERVER_UNAVAILABLE(Kind.CAPACITY),
    /** The caller's deadline passed first. */
    DEADLINE_EXCEEDED(Kind.DEADLINE),
    /** The caller cancelled. */
    CANCELLED(Kind.DEADLINE),
    /** The model package is missing parts or its digest does not match. */
    MODEL_PACKAGE_INVALID(Kind.INTERNAL),
    /** What other programs have written for the asset cannot be kept while scores are added, such as a damaged sidecar. */
    METADATA_CONFLICT(Kind.CALLER),
    /** The engine refused the run or gave numbers that are none. */
    MODEL_FAILED(Kind.INTERNAL),
    /** The device that was asked for cannot be used; the message says what is missing and how to get it. */
    DEVICE_UNAVAILABLE(Kind.INTERNAL),
    /** A model hub sent wrong bytes, broke off or refused, each time it was asked; the same download may succeed later. */
    HUB_FAILED(Kind.CAPACITY),
    /** A download's licence was not accepted. */
    LICENCE_NOT_ACCEPTED(Kind.CALLER),
    /** A checkpoint to be imported is malformed, incomplete or of a kind that cannot be run. */
    CHECKPOINT_INVALID(Kind.CALLER),
    /** A file could not be read or written on our side. */
    IO_FAILED(Kind.INTERNAL),
    /** Anything not foreseen; details stay in the log. */
    INTERNAL(Kind.INTERNAL);

    /** Who has to act. */
    public enum Kind {
        /** The caller: the same request will fail again. */
        CALLER,
        /** Nobody: the same request may succeed later. */
        CAPACITY,
        /** The caller's patience ended. */
        DEADLINE,
        /** The operator of the server. */
        INTERNAL
    }

    private final Kind kind;

    ErrorReason(Kind kind) {
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** @return whether the same request may be sent again unchanged */
    public boolean retryable() {
        return kind == Kind.CAPACITY;
    }
}
