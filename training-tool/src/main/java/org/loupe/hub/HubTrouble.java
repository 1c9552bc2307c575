package org.loupe.hub;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Something that may go better the next time: a broken connection, a busy server. */
final class HubTrouble extends IOException {
    private final @Nullable Duration retryAfter;

    HubTrouble(String message, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(message, cause);
        this.retryAfter = retryAfter;
    }

    /** @return how long the server asks to be left alone */
    Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
