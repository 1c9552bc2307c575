package org.loupe.client;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.loupe.proto.v1.ScoreFailure;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * The one table between catalogued reasons and gRPC statuses, for client and server. A reason travels as {@code google.rpc.ErrorInfo}, a
 * delay as {@code google.rpc.RetryInfo}.
 */
public final class WireErrors {
    /** {@code ErrorInfo.domain} of every reason. */
    public static final String DOMAIN = "loupe.org";

    /** Told to callers of a full or draining server when it did not say itself; long enough to matter, short enough for a person. */
    public static final java.time.Duration DEFAULT_RETRY_AFTER = java.time.Duration.ofSeconds(1);

    private WireErrors() {}

    /** @return the status a server answers with; the message goes to the caller as it is */
    public static StatusRuntimeException toStatus(ScoringException failure) {
        com.google.rpc.Status.Builder status = com.google.rpc.Status.newBuilder()
                .setCode(code(failure.reason()).value())
                .setMessage(String.valueOf(failure.getMessage()))
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setReason(failure.reason().name())
                        .setDomain(DOMAIN)
                        .build()));
        if (failure.reason().retryable()) {
            status.addDetails(Any.pack(RetryInfo.newBuilder()
                    .setRetryDelay(toWire(failure.retryAfter().orElse(DEFAULT_RETRY_AFTER)))
                    .build()));
        }
        return StatusProto.toStatusRuntimeException(status.build());
    }

    /** @return the failure of one medium of a stream */
    public static ScoreFailure toFailure(ScoringException failure) {
        ScoreFailure.Builder wire = ScoreFailure.newBuilder()
                .setReason(failure.reason().name())
                .setMessage(String.valueOf(failure.getMessage()));
        if (failure.reason().retryable()) {
            wire.setRetryAfter(toWire(failure.retryAfter().orElse(DEFAULT_RETRY_AFTER)));
        }
        return wire.build();
    }

    /**
     * What a failed call means.
     *
     * @param failure what gRPC threw, wrapped or not; a {@link ScoringException} comes back as it is
     */
    public static ScoringException fromFailure(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ScoringException known) {
            return known;
        }
        if (cause instanceof CancellationException) {
            return new ScoringException(ErrorReason.CANCELLED, "the call was cancelled", cause);
        }
        Status status = Status.fromThrowable(cause);
        com.google.rpc.@Nullable Status details = StatusProto.fromThrowable(cause);
        ErrorReason reason = null;
        java.time.Duration retryAfter = null;
        if (details != null) {
            for (Any detail : details.getDetailsList()) {
                try {
                    if (detail.is(ErrorInfo.class)) {
                        reason = reason(detail.unpack(ErrorInfo.class));
                    } else if (detail.is(RetryInfo.class)) {
                        Duration delay = detail.unpack(RetryInfo.class).getRetryDelay();
                        retryAfter = java.time.Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
                    }
                } catch (InvalidProtocolBufferException e) {
                    retryAfter = null; // a detail that cannot be read is as good as none; the status code still speaks
                }
            }
        }
        if (reason == null) {
            reason = reason(status);
        }
        String text = status.getDescription() == null ? status.getCode().toString() : status.getDescription();
        if (reason == ErrorReason.SERVER_UNAVAILABLE) {
            text = "no scoring server could be reached: " + text;
        }
        return new ScoringException(reason, text, cause, reason.retryable() ? retryAfter : null);
    }

    /** @return what the failure of one medium of a stream means */
    public static ScoringException fromFailure(ScoreFailure failure) {
        ErrorReason reason = ErrorReason.INTERNAL; // of a newer server
        for (ErrorReason known : ErrorReason.values()) {
            if (known.name().equals(failure.getReason())) {
                reason = known;
            }
        }
        Duration delay = failure.getRetryAfter();
        return new ScoringException(
                reason,
                failure.getMessage(),
                null,
                failure.hasRetryAfter() && reason.retryable()
                        ? java.time.Duration.ofSeconds(delay.getSeconds(), delay.getNanos())
                        : null);
    }

    /** Exhaustive on purpose: a new reason does not compile until it has a code. */
    static Status.Code code(ErrorReason reason) {
        return switch (reason) {
            case UNSUPPORTED_MEDIA_TYPE,
                    MEDIA_CORRUPT,
                    MEDIA_TOO_LARGE,
                    MEDIA_EMPTY,
                    VIDEO_NO_FRAMES,
                    TASK_NOT_SUPPORTED,
                    INVALID_REQUEST -> Status.Code.INVALID_ARGUMENT;
            case MODEL_NOT_FOUND, ADAPTER_NOT_FOUND -> Status.Code.NOT_FOUND;
            case UNAUTHENTICATED -> Status.Code.UNAUTHENTICATED;
            case NOT_ALLOWED -> Status.Code.PERMISSION_DENIED;
            case OVERLOADED, SHUTTING_DOWN, SERVER_UNAVAILABLE, HUB_FAILED -> Status.Code.UNAVAILABLE;
            case DEADLINE_EXCEEDED -> Status.Code.DEADLINE_EXCEEDED;
            case CANCELLED -> Status.Code.CANCELLED;
            case MODEL_PACKAGE_INVALID,
                    MODEL_IN_USE,
                    INSUFFICIENT_MEMORY,
                    CHECKPOINT_INVALID,
                    METADATA_CONFLICT,
                    DEVICE_UNAVAILABLE,
                    LICENCE_NOT_ACCEPTED -> Status.Code.FAILED_PRECONDITION;
            case MODEL_FAILED, IO_FAILED, INTERNAL -> Status.Code.INTERNAL;
        };
    }

    private static @Nullable ErrorReason reason(ErrorInfo info) {
        if (!info.getDomain().equals(DOMAIN)) {
            return null;
        }
        for (ErrorReason known : ErrorReason.values()) {
            if (known.name().equals(info.getReason())) {
                return known;
            }
        }
        return null; // of a newer server: its status code decides
    }

    /** A status without our details comes from the transport, a proxy, or a newer server. */
    private static ErrorReason reason(Status status) {
        return switch (status.getCode()) {
            case UNAVAILABLE -> ErrorReason.SERVER_UNAVAILABLE;
            case DEADLINE_EXCEEDED -> ErrorReason.DEADLINE_EXCEEDED;
            case CANCELLED -> ErrorReason.CANCELLED;
            case UNAUTHENTICATED, PERMISSION_DENIED -> ErrorReason.UNAUTHENTICATED;
            case INVALID_ARGUMENT, OUT_OF_RANGE -> ErrorReason.INVALID_REQUEST;
            // gRPC itself answers so when a message is over the server's limit; a proxy's quota reads the same but says
            // otherwise
            case RESOURCE_EXHAUSTED ->
                String.valueOf(status.getDescription()).contains("exceeds maximum size")
                        ? ErrorReason.MEDIA_TOO_LARGE
                        : ErrorReason.OVERLOADED;
            case OK,
                    UNKNOWN,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    FAILED_PRECONDITION,
                    ABORTED,
                    UNIMPLEMENTED,
                    INTERNAL,
                    DATA_LOSS -> ErrorReason.INTERNAL;
        };
    }

    private static Duration toWire(java.time.Duration duration) {
        return Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }
}
