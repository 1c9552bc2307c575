package org.loupe.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.testkit.Await;
import org.loupe.testkit.FakeScoringService;
import org.loupe.testkit.Pictures;

@Timeout(60)
class ScoreStreamTest {
    private final FakeScoringService service = FakeScoringService.start();
    private final ScoringClient client = ScoringClient.connect(
            ClientConfig.of(service.target()).withRetries(20, Duration.ofMillis(20), Duration.ofMillis(200)));

    @AfterEach
    void close() {
        service.release();
        client.close();
        service.close();
    }

    @Test
    void answersEveryMediumAsACallOfItsOwnWould() {
        List<CompletableFuture<ScoredMedia>> answers = new ArrayList<>();
        try (ScoreStream stream = client.openStream(4)) {
            for (int i = 0; i < 40; i++) {
                answers.add(stream.score(picture(i), ScoreOptions.DEFAULT));
            }
        }
        for (int i = 0; i < 40; i++) {
            assertThat(answers.get(i)).as("closing waits").isDone();
            assertThat(answers.get(i).join()).isEqualTo(client.score(picture(i), ScoreOptions.DEFAULT));
        }
    }

    @Test
    void handsOverNoMoreThanTheWindow() throws InterruptedException {
        service.hold();
        AtomicInteger handed = new AtomicInteger();
        List<CompletableFuture<ScoredMedia>> answers = new ArrayList<>();
        Thread giver = new Thread(() -> {
            try (ScoreStream stream = client.openStream(3)) {
                for (int i = 0; i < 10; i++) {
                    answers.add(stream.score(picture(i), ScoreOptions.DEFAULT));
                    handed.incrementAndGet();
                }
            }
        });
        giver.start();
        Await.until(
                "the giver waits for a place",
                () -> handed.get() == 3 && giver.getState() == Thread.State.TIMED_WAITING);
        assertThat(handed).hasValue(3);
        service.release();
        giver.join();
        assertThat(answers).hasSize(10).allSatisfy(answer -> assertThat(answer).isCompleted());
    }

    @Test
    void aMediumThatFailsDoesNotEndTheStream() {
        CompletableFuture<ScoredMedia> corrupt;
        CompletableFuture<ScoredMedia> empty;
        CompletableFuture<ScoredMedia> good;
        try (ScoreStream stream = client.openStream(2)) {
            corrupt = stream.score(MediaContent.of(Pictures.corruptJpeg(1)), ScoreOptions.DEFAULT);
            empty = stream.score(MediaContent.of(new byte[0]), ScoreOptions.DEFAULT);
            good = stream.score(picture(1), ScoreOptions.DEFAULT);
        }
        assertThat(reason(corrupt)).isEqualTo(ErrorReason.MEDIA_CORRUPT);
        assertThat(reason(empty)).isEqualTo(ErrorReason.MEDIA_EMPTY);
        assertThat(good).isCompleted();
    }

    @Test
    void whatAFullServerRefusesIsAskedAgain() {
        service.overloadNext(3);
        List<CompletableFuture<ScoredMedia>> answers = new ArrayList<>();
        try (ScoreStream stream = client.openStream(2)) {
            for (int i = 0; i < 5; i++) {
                answers.add(stream.score(picture(i), ScoreOptions.DEFAULT));
            }
        }
        assertThat(answers).allSatisfy(answer -> assertThat(answer).isCompleted());
        assertThat(service.calls()).isEqualTo(8);
    }

    @Test
    void aStreamThatBreaksLosesNothing() {
        service.hold();
        List<CompletableFuture<ScoredMedia>> answers = new ArrayList<>();
        try (ScoreStream stream = client.openStream(4)) {
            for (int i = 0; i < 3; i++) {
                answers.add(stream.score(picture(i), ScoreOptions.DEFAULT));
            }
            Await.until("the server has begun", () -> service.calls() > 0);
            service.stop();
            service.release();
            service.restart();
            for (int i = 3; i < 6; i++) {
                answers.add(stream.score(picture(i), ScoreOptions.DEFAULT));
            }
        }
        for (int i = 0; i < 6; i++) {
            assertThat(answers.get(i).join()).isEqualTo(client.score(picture(i), ScoreOptions.DEFAULT));
        }
    }

    @Test
    void aCancelledMediumGivesItsPlaceAway() {
        service.hold();
        try (ScoreStream stream = client.openStream(1)) {
            CompletableFuture<ScoredMedia> first = stream.score(picture(1), ScoreOptions.DEFAULT);
            first.cancel(true);
            CompletableFuture<ScoredMedia> second = stream.score(picture(2), ScoreOptions.DEFAULT);
            service.release();
            assertThat(second.join().sha256()).isNotEmpty();
        }
    }

    @Test
    void closingTheClientEndsWhatIsUnderWay() {
        service.hold();
        ScoreStream stream = client.openStream(2);
        CompletableFuture<ScoredMedia> answer = stream.score(picture(1), ScoreOptions.DEFAULT);
        client.close();
        assertThat(reason(answer)).isEqualTo(ErrorReason.CANCELLED);
        stream.close();
        assertThatIllegalStateException().isThrownBy(() -> stream.score(picture(2), ScoreOptions.DEFAULT));
    }

    @Test
    void whoIsNotAnsweredInTimeIsTold() {
        service.hold();
        try (ScoringClient hasty =
                        ScoringClient.connect(ClientConfig.of(service.target()).withDeadline(Duration.ofMillis(1500)));
                ScoreStream stream = hasty.openStream(1)) {
            CompletableFuture<ScoredMedia> first = stream.score(picture(1), ScoreOptions.DEFAULT);
            assertThat(reason(first)).isEqualTo(ErrorReason.DEADLINE_EXCEEDED);
        }
    }

    @Test
    void aWindowOfNothingIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> client.openStream(0));
        assertThatIllegalArgumentException().isThrownBy(() -> client.openStream(ScoreStream.MAX_WINDOW + 1));
    }

    @Test
    void theTokenIsSentWithAStreamToo() {
        service.requireToken("s3cret");
        CompletableFuture<ScoredMedia> answer;
        try (ScoreStream stream = client.openStream(1)) {
            answer = stream.score(picture(1), ScoreOptions.DEFAULT);
        }
        assertThat(reason(answer)).isEqualTo(ErrorReason.UNAUTHENTICATED);
        try (ScoringClient known =
                        ScoringClient.connect(ClientConfig.of(service.target()).withToken("s3cret"));
                ScoreStream stream = known.openStream(1)) {
            assertThat(stream.score(picture(1), ScoreOptions.DEFAULT).join().scores())
                    .hasSize(2);
        }
    }

    private static MediaContent picture(int seed) {
        return MediaContent.of(Pictures.jpeg(seed));
    }

    private static ErrorReason reason(CompletableFuture<ScoredMedia> answer) {
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> answer.get(30, TimeUnit.SECONDS))
                .withCauseInstanceOf(ScoringException.class);
        return answer.handle((scored, failure) -> ((ScoringException) failure).reason())
                .join();
    }
}
