package org.loupe.server.http;

import org.loupe.score.ErrorReason;

/** How a catalogued failure looks over HTTP. The compiler refuses the table when a reason is missing. */
final class HttpErrors {
    private HttpErrors() {}

    /** @return HTTP status code */
    static int statusOf(ErrorReason reason) {
        return switch (reason) {
            case UNSUPPORTED_MEDIA_TYPE -> 415;
            case MEDIA_CORRUPT, MEDIA_EMPTY, VIDEO_NO_FRAMES -> 422;
            case MEDIA_TOO_LARGE -> 413;
            case TASK_NOT_SUPPORTED, INVALID_REQUEST, CHECKPOINT_INVALID, LICENCE_NOT_ACCEPTED -> 400;
            case MODEL_NOT_FOUND, ADAPTER_NOT_FOUND -> 404;
            case UNAUTHENTICATED -> 401;
            case NOT_ALLOWED -> 403;
            case OVERLOADED -> 429;
            case SHUTTING_DOWN, SERVER_UNAVAILABLE -> 503;
            case DEADLINE_EXCEEDED -> 504;
            // What proxies write into their logs for a caller that went away; nobody reads the answer.
            case CANCELLED -> 499;
            case METADATA_CONFLICT, MODEL_IN_USE -> 409;
            case INSUFFICIENT_MEMORY -> 507;
            case MODEL_PACKAGE_INVALID, MODEL_FAILED, DEVICE_UNAVAILABLE, IO_FAILED, INTERNAL -> 500;
            case HUB_FAILED -> 502;
        };
    }
}
