package org.loupe.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.loupe.batch.BatchConfig;
import org.loupe.batch.FakeEngine;
import org.loupe.batch.Lane;
import org.loupe.client.ScoreOptions;
import org.loupe.decode.MediaSource;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.testkit.Await;

class LocalScoringTest {
    private static final ScoreOptions ALL = ScoreOptions.DEFAULT;

    private final FakeEngine engine = new FakeEngine(5);
    private final TestScoring test = new TestScoring(model -> engine);

    @AfterEach
    void stop() {
        engine.release(1000);
        test.close();
    }

    @Test
    void scoresAsTheReferenceDoes() throws IOException {
        JsonNode golden = new ObjectMapper()
                .readTree(TestScoring.resource("/tiny-align/scores.json").toFile());
        double tolerance = golden.at("/toleranceAbs/mos").asDouble();
        try (LocalScorer real = LocalScorer.open(TestScoring.tinyPackage().toString())) {
            for (String picture : List.of("gray_97x61.png", "rgba_70x110.png")) {
                ScoredMedia scored = real.score(TestScoring.resource("/tiny-align/" + picture), Set.of());
                for (Task task : Task.values()) {
                    assertThat((double) Objects.requireNonNull(scored.scores().get(task))
                                    .mos())
                            .isCloseTo(
                                    golden.path("images")
                                            .path(picture)
                                            .path(task.id() + ".image")
                                            .path("mos")
                                            .asDouble(),
                                    within(tolerance));
                }
            }
            assertThat(real.framesRun()).as("both tasks look at one frame").isEqualTo(2);
        }
    }

    @Test
    void bothTasksOfAPhotoRunOneFrame() {
        ScoredMedia scored = score(picture(1), ALL).join();

        assertThat(scored.scores()).containsOnlyKeys(Task.QUALITY, Task.AESTHETICS);
        assertThat(test.queue().framesRun()).isEqualTo(1);
        assertThat(test.queue().rowsRun()).isEqualTo(2);
    }

    @Test
    void theSameBytesAreScoredOnceWhateverIsAskedOfThem() {
        ScoredMedia first = score(picture(1), ALL).join();
        ScoredMedia again =
                score(picture(1), ALL.withTasks(Set.of(Task.AESTHETICS))).join();

        assertThat(again.scores().get(Task.AESTHETICS)).isEqualTo(first.scores().get(Task.AESTHETICS));
        assertThat(test.queue().framesRun()).isEqualTo(1);
        assertThat(test.scoring().statistics().remembered()).isEqualTo(1);
    }

    @Test
    void orientationIsPartOfWhatIsRemembered() {
        score(picture(1), ALL).join();
        score(picture(1), ALL.withOrientation(ScoreOptions.Orientation.IGNORE)).join();

        assertThat(test.queue().framesRun()).isEqualTo(2);
    }

    @Test
    void equalMediaUnderWayShareOneRun() {
        engine.held();
        CompletableFuture<ScoredMedia> first = score(picture(1), ALL);
        engine.awaitRun();
        CompletableFuture<ScoredMedia> second = score(picture(1), ALL);
        awaitShared(1);
        engine.release(10);

        assertThat(second.join()).isEqualTo(first.join());
        assertThat(test.queue().framesRun()).isEqualTo(1);
    }

    @Test
    void whoeverSharedARunThatWasCancelledIsStillAnswered() {
        engine.held();
        CompletableFuture<ScoredMedia> first = score(picture(1), ALL);
        engine.awaitRun();
        CompletableFuture<ScoredMedia> second = score(picture(1), ALL);
        awaitShared(1);
        first.cancel(false);
        engine.release(10);

        assertThat(second.join().scores()).hasSize(2);
    }

    @Test
    void aFullQueueIsToldToTheCaller() {
        engine.held();
        CompletableFuture<ScoredMedia> running = score(picture(0), ALL);
        engine.awaitRun();
        List<CompletableFuture<ScoredMedia>> all =
                IntStream.range(1, 6).mapToObj(i -> score(picture(i), ALL)).toList();
        List<CompletableFuture<ScoredMedia>> refused = all.subList(2, 5);

        for (CompletableFuture<ScoredMedia> each : refused) {
            ScoringException failure = failure(each);
            assertThat(failure.reason()).isEqualTo(ErrorReason.OVERLOADED);
            assertThat(failure.retryAfter()).isPresent();
        }
        engine.release(10);
        running.join();
        all.subList(0, 2).forEach(CompletableFuture::join);
    }

    @Test
    void aRequestWhoseDeadlinePassedIsNotDecoded() {
        ScoringRequest late = new ScoringRequest(
                MediaSource.of(picture(1)), ALL, OptionalLong.of(System.nanoTime() - 1), Lane.INTERACTIVE);

        assertThat(failure(test.scoring().score(late)).reason()).isEqualTo(ErrorReason.DEADLINE_EXCEEDED);
        assertThat(test.queue().framesRun()).isZero();
    }

    @Test
    void everyRefusalHasItsReason() throws IOException {
        assertThat(failure(score(new byte[0], ALL)).reason()).isEqualTo(ErrorReason.MEDIA_EMPTY);
        assertThat(failure(score("words".getBytes(StandardCharsets.UTF_8), ALL)).reason())
                .isEqualTo(ErrorReason.UNSUPPORTED_MEDIA_TYPE);
        byte[] cut = Files.readAllBytes(TestScoring.resource("/tiny-align/rgba_70x110.png"));
        assertThat(failure(score(Arrays.copyOf(cut, 100), ALL)).reason()).isEqualTo(ErrorReason.MEDIA_CORRUPT);
        assertThat(failure(score(picture(1), ALL.withModel("other"))).reason()).isEqualTo(ErrorReason.MODEL_NOT_FOUND);
        assertThat(failure(test.scoring().score(ScoringRequest.of(MediaSource.of(Path.of("no-such-file")), ALL)))
                        .reason())
                .isEqualTo(ErrorReason.IO_FAILED);
        assertThat(test.scoring().statistics().failed()).isEqualTo(5);
    }

    @Test
    void closingAnswersWhatWasLetInAndRefusesTheRest() {
        engine.held();
        CompletableFuture<ScoredMedia> running = score(picture(1), ALL);
        engine.awaitRun();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(test::close);
        ScoringException refusal = awaitRefusal();
        engine.release(10);
        closing.join();

        assertThat(refusal.reason()).isEqualTo(ErrorReason.SHUTTING_DOWN);
        assertThat(running.join().scores()).hasSize(2);
        assertThat(engine.closed()).isTrue();
    }

    @Test
    void heldBytesAreGivenBackHoweverARequestEnds() {
        score(picture(1), ALL).join();
        failure(score(picture(2), ALL.withModel("other")));
        score(picture(3), ALL).cancel(false);

        assertThat(test.scoring().statistics().heldBytes()).isZero();
    }

    @Test
    void batchesAreMadeOfWhatWaits() {
        FakeEngine wide = new FakeEngine(5).held();
        try (TestScoring roomy = new TestScoring(model -> wide, new BatchConfig(8, 32, Duration.ZERO, 64))) {
            CompletableFuture<ScoredMedia> first = roomy.scoring().score(request(0));
            wide.awaitRun(); // alone: had the others come at once, the engine might have begun with two of them
            List<CompletableFuture<ScoredMedia>> others = IntStream.range(1, 5)
                    .mapToObj(i -> roomy.scoring().score(request(i)))
                    .toList();
            Await.until("four frames wait", () -> roomy.queue().waitingFrames() == 4);
            wide.release(10);
            first.join();
            others.forEach(CompletableFuture::join);
            assertThat(wide.framesPerRun()).containsExactly(1, 4);
        }
    }

    private CompletableFuture<ScoredMedia> score(byte[] bytes, ScoreOptions options) {
        return test.scoring().score(ScoringRequest.of(MediaSource.of(bytes), options));
    }

    private void awaitShared(long count) {
        Await.until("a run is shared", () -> test.scoring().statistics().shared() >= count);
    }

    private ScoringException awaitRefusal() {
        return Await.value("a refusal", () -> {
            ScoringException failure = failure(score(new byte[0], ALL));
            return failure.reason() == ErrorReason.MEDIA_EMPTY ? null : failure;
        });
    }

    private static ScoringException failure(CompletableFuture<ScoredMedia> answer) {
        try {
            answer.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ScoringException failure) {
                return failure;
            }
            throw e;
        }
        throw new AssertionError("did not fail");
    }

    private static ScoringRequest request(int number) {
        return ScoringRequest.of(MediaSource.of(picture(number)), ALL);
    }

    private static byte[] picture(int number) {
        return TestPictures.png(number);
    }
}
