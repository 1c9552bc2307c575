package org.loupe.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

class WireErrorsTest {
    @ParameterizedTest
    @EnumSource
    void everyReasonSurvivesTheWire(ErrorReason reason) {
        ScoringException sent = new ScoringException(reason, "what is wrong", null, Duration.ofMillis(1500));
        ScoringException received = WireErrors.fromFailure(new CompletionException(WireErrors.toStatus(sent)));
        assertThat(received.reason()).isEqualTo(reason);
        assertThat(received).hasMessageContaining("what is wrong");
        assertThat(received.retryAfter().isPresent()).isEqualTo(reason.retryable());
        received.retryAfter().ifPresent(delay -> assertThat(delay).isEqualTo(Duration.ofMillis(1500)));
    }

    @ParameterizedTest
    @CsvSource({
        "UNAVAILABLE,connection refused,SERVER_UNAVAILABLE",
        "DEADLINE_EXCEEDED,late,DEADLINE_EXCEEDED",
        "PERMISSION_DENIED,no,UNAUTHENTICATED",
        "RESOURCE_EXHAUSTED,gRPC message exceeds maximum size 5: 6,MEDIA_TOO_LARGE",
        "RESOURCE_EXHAUSTED,quota,OVERLOADED",
        "UNIMPLEMENTED,what,INTERNAL"
    })
    void readsStatusesWithoutDetails(Status.Code code, String text, ErrorReason reason) {
        assertThat(WireErrors.fromFailure(
                                Status.fromCode(code).withDescription(text).asRuntimeException())
                        .reason())
                .isEqualTo(reason);
    }

    @Test
    void tellsWhenToComeBackEvenIfNobodySaid() {
        assertThat(WireErrors.toFailure(new ScoringException(ErrorReason.OVERLOADED, "full"))
                        .getRetryAfter()
                        .getSeconds())
                .isEqualTo(WireErrors.DEFAULT_RETRY_AFTER.toSeconds());
        assertThat(WireErrors.toFailure(new ScoringException(ErrorReason.MEDIA_CORRUPT, "broken"))
                        .hasRetryAfter())
                .isFalse();
    }
}
