package org.loupe.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.loupe.decode.Frame;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.testkit.Await;

class BatchDispatcherTest {
    private static final BatchConfig NO_WAIT = new BatchConfig(8, 32, Duration.ZERO, 16);

    private final FakeEngine engine = new FakeEngine();
    private final AtomicLong clock = new AtomicLong();
    private final BatchDispatcher queue = new BatchDispatcher(engine, NO_WAIT, clock::get);

    @AfterEach
    void stop() {
        engine.release(1000);
        queue.close();
    }

    @Test
    void bothTasksOfAPhotoAreOneFrameAndTwoRows() {
        JobAnswer answer = queue.submit(job(7, 0, 1)).join();

        assertThat(answer.levelLogits()).isEqualTo(new float[][] {{7, 0}, {7, 1}});
        assertThat(queue.statistics().framesRun()).isEqualTo(1);
        assertThat(queue.statistics().rowsRun()).isEqualTo(2);
    }

    @Test
    void everyJobGetsItsOwnRowsFromASharedRun() {
        List<CompletableFuture<JobAnswer>> answers = behindARunningOne(job(1, 0), job(2, 1, 0), job(3, 1));

        assertThat(answers.get(0).join().levelLogits()).isEqualTo(new float[][] {{1, 0}});
        assertThat(answers.get(1).join().levelLogits()).isEqualTo(new float[][] {{2, 1}, {2, 0}});
        assertThat(answers.get(2).join().levelLogits()).isEqualTo(new float[][] {{3, 1}});
        assertThat(engine.framesPerRun()).containsExactly(1, 3);
    }

    @Test
    void framesOfDifferentShapesNeverShareARun() {
        ScoreJob wide = new ScoreJob(List.of(frame(4, 2, 5)), List.of(0), OptionalLong.empty(), Lane.INTERACTIVE);
        ScoreJob clip = new ScoreJob(
                List.of(frame(2, 2, 1), frame(2, 2, 2)), List.of(0), OptionalLong.empty(), Lane.INTERACTIVE);

        List<CompletableFuture<JobAnswer>> answers = behindARunningOne(job(1, 0), wide, clip, job(4, 0));

        assertThat(answers)
                .extracting(answer -> answer.join().levelLogits()[0][0])
                .containsExactly(1f, 5f, 3f, 4f);
        assertThat(engine.framesPerRun()).containsExactly(1, 2, 1, 2);
    }

    @Test
    void aRunHoldsNoMoreFramesThanAllowed() {
        ScoreJob[] many = IntStream.range(0, 11).mapToObj(i -> job(i, 0)).toArray(ScoreJob[]::new);

        behindARunningOne(many).forEach(CompletableFuture::join);

        assertThat(engine.framesPerRun()).containsExactly(1, 8, 3);
    }

    @Test
    void aFullQueueRefusesAndSaysWhenToComeBack() {
        occupyEngine();
        List<CompletableFuture<JobAnswer>> waiting =
                IntStream.range(0, 16).mapToObj(i -> queue.submit(job(i, 0))).toList();

        assertThat(queue.admits(1)).isFalse();
        ScoringException refusal = failure(queue.submit(job(99, 0)));

        assertThat(refusal.reason()).isEqualTo(ErrorReason.OVERLOADED);
        assertThat(refusal.retryAfter())
                .hasValueSatisfying(delay -> assertThat(delay).isPositive());
        engine.release(10);
        waiting.forEach(CompletableFuture::join);
        assertThat(engine.firstBytes()).doesNotContain(99);
    }

    @Test
    void anExpiredJobIsAnsweredAndNeverRun() {
        occupyEngine();
        CompletableFuture<JobAnswer> late = queue.submit(
                new ScoreJob(List.of(frame(2, 2, 50)), List.of(0), OptionalLong.of(100), Lane.INTERACTIVE));
        CompletableFuture<JobAnswer> patient = queue.submit(job(51, 0));

        clock.set(100);
        engine.release(10);

        assertThat(failure(late).reason()).isEqualTo(ErrorReason.DEADLINE_EXCEEDED);
        patient.join();
        assertThat(engine.firstBytes()).containsExactly(0, 51);
        assertThat(queue.statistics().expired()).isEqualTo(1);
    }

    @Test
    void cancellingFreesThePlace() {
        occupyEngine();
        List<CompletableFuture<JobAnswer>> waiting =
                IntStream.range(0, 16).mapToObj(i -> queue.submit(job(i, 0))).toList();

        waiting.get(3).cancel(false);

        assertThat(queue.statistics().waitingFrames()).isEqualTo(15);
        CompletableFuture<JobAnswer> next = queue.submit(job(77, 0));
        engine.release(10);
        assertThat(next.join().levelLogits()[0][0]).isEqualTo(77f);
        assertThat(engine.firstBytes()).doesNotContain(3);
    }

    @Test
    void aBadJobDoesNotTakeItsNeighboursDown() {
        List<CompletableFuture<JobAnswer>> answers = behindARunningOne(job(1, 0), job(FakeEngine.POISON, 0), job(3, 0));

        assertThat(answers.get(0).join().levelLogits()[0][0]).isEqualTo(1f);
        assertThat(failure(answers.get(1)).reason()).isEqualTo(ErrorReason.MODEL_FAILED);
        assertThat(answers.get(2).join().levelLogits()[0][0]).isEqualTo(3f);
        assertThat(queue.statistics().failed()).isEqualTo(1);
    }

    @Test
    void interactiveJobsGoFirstAndBulkJobsAreNotStarved() {
        occupyEngine();
        CompletableFuture<JobAnswer> bulk =
                queue.submit(new ScoreJob(List.of(frame(3, 3, 100)), List.of(0), OptionalLong.empty(), Lane.BULK));
        List<CompletableFuture<JobAnswer>> interactive = new ArrayList<>();
        for (int size = 4; size < 12; size++) { // a shape each, so that every job is a run
            interactive.add(queue.submit(new ScoreJob(
                    List.of(frame(size, size, size)), List.of(0), OptionalLong.empty(), Lane.INTERACTIVE)));
        }
        engine.release(100);
        interactive.forEach(CompletableFuture::join);
        bulk.join();

        assertThat(engine.firstBytes().indexOf(100)).isBetween(2, 4);
    }

    @Test
    void closingAnswersWhatWaitsAndTakesNothingNew() {
        engine.held();
        CompletableFuture<JobAnswer> running = queue.submit(job(1, 0));
        engine.awaitRun();
        CompletableFuture<JobAnswer> waiting = queue.submit(job(2, 0));
        CompletableFuture<Void> closing = CompletableFuture.runAsync(queue::close);
        ScoringException refusal = awaitRefusal();
        engine.release(10);
        closing.join();

        assertThat(refusal.reason()).isEqualTo(ErrorReason.SHUTTING_DOWN);
        assertThat(running).isCompleted();
        assertThat(waiting).isCompleted();
        assertThat(engine.closed()).as("the engine stays its owner's").isFalse();
    }

    @Test
    void aClipLargerThanTheQueueIsStillScoredWhenNothingWaits() {
        List<Frame> clip = IntStream.range(0, 20).mapToObj(i -> frame(2, 2, 1)).toList();

        JobAnswer answer = queue.submit(new ScoreJob(clip, List.of(0), OptionalLong.empty(), Lane.INTERACTIVE))
                .join();

        assertThat(answer.levelLogits()[0][0]).isEqualTo(20f);
    }

    @Test
    void refusesFramesOfDifferentSizesInOneJob() {
        assertThatThrownBy(() -> new ScoreJob(
                        List.of(frame(2, 2, 1), frame(2, 3, 1)), List.of(0), OptionalLong.empty(), Lane.INTERACTIVE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private ScoringException awaitRefusal() {
        return Await.value("a refusal", () -> {
            CompletableFuture<JobAnswer> attempt = queue.submit(job(9, 0));
            return attempt.isCompletedExceptionally() && failure(attempt).reason() != ErrorReason.OVERLOADED
                    ? failure(attempt)
                    : null;
        });
    }

    /** Returns when the engine holds a run that does not end before it is released. */
    private void occupyEngine() {
        engine.held();
        assertThat(queue.submit(job(0, 0))).isNotDone();
        engine.awaitRun();
    }

    /** Submits the jobs while the engine is busy with another, so that they are waiting together. */
    private List<CompletableFuture<JobAnswer>> behindARunningOne(ScoreJob... jobs) {
        occupyEngine();
        List<CompletableFuture<JobAnswer>> answers =
                Arrays.stream(jobs).map(queue::submit).toList();
        engine.release(1000);
        return answers;
    }

    private static ScoreJob job(int firstByte, Integer... prompts) {
        return new ScoreJob(List.of(frame(2, 2, firstByte)), List.of(prompts), OptionalLong.empty(), Lane.INTERACTIVE);
    }

    private static Frame frame(int width, int height, int firstByte) {
        byte[] rgb = new byte[width * height * 3];
        rgb[0] = (byte) firstByte;
        return new Frame(width, height, rgb);
    }

    private static ScoringException failure(CompletableFuture<JobAnswer> answer) {
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
}
