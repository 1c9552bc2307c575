package org.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.loupe.batch.BatchConfig;
import org.loupe.batch.BatchDispatcher;
import org.loupe.batch.FakeEngine;
import org.loupe.batch.JobAnswer;
import org.loupe.batch.Lane;
import org.loupe.batch.ScoreJob;
import org.loupe.decode.Frame;
import org.loupe.device.Device;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.testkit.Await;

/** Several devices behind one queue. */
class EngineGroupTest {
    private static final BatchConfig NO_WAIT = new BatchConfig(8, 32, Duration.ZERO, 1024);

    private final FakeEngine left = new FakeEngine();
    private final FakeEngine right = new FakeEngine();
    private final EngineGroup group = new EngineGroup(List.of(left, right));
    private final BatchDispatcher queue = new BatchDispatcher(group, NO_WAIT);

    @AfterEach
    void stop() {
        left.release(10_000);
        right.release(10_000);
        queue.close();
        group.close();
    }

    @Test
    void allDevicesAreBusyAtOnce() {
        left.held();
        right.held();
        List<CompletableFuture<JobAnswer>> answers = submit(2);

        left.awaitRun();
        right.awaitRun(); // while the first still runs

        assertThat(answers).noneMatch(CompletableFuture::isDone);
        left.release(10);
        right.release(10);
        answers.forEach(CompletableFuture::join);
    }

    @Test
    void everyJobIsAnsweredOnceWithItsOwnRows() {
        List<CompletableFuture<JobAnswer>> answers = submit(500);

        for (int job = 0; job < answers.size(); job++) {
            assertThat(answers.get(job).join().levelLogits()[0][0]).isEqualTo(job % 60);
        }
        assertThat(left.firstBytes().size() + right.firstBytes().size()).isEqualTo(500);
        assertThat(queue.statistics().framesRun()).isEqualTo(500);
    }

    @Test
    void jobsThatWaitTogetherAreSharedAmongIdleDevices() {
        FakeEngine first = new FakeEngine();
        FakeEngine second = new FakeEngine();
        BatchConfig patient = new BatchConfig(8, 32, Duration.ofMillis(200), 1024);
        try (EngineGroup both = new EngineGroup(List.of(first, second));
                BatchDispatcher shared = new BatchDispatcher(both, patient)) {
            first.held();
            second.held();
            List<CompletableFuture<JobAnswer>> answers =
                    IntStream.range(0, 8).mapToObj(i -> shared.submit(job(i))).toList();
            first.awaitRun();
            second.awaitRun();
            first.release(100);
            second.release(100);
            answers.forEach(CompletableFuture::join);
        }
        assertThat(first.firstBytes().size() + second.firstBytes().size()).isEqualTo(8);
        assertThat(first.firstBytes()).isNotEmpty();
        assertThat(second.firstBytes()).isNotEmpty();
    }

    @Test
    void aBrokenDeviceFailsNoRequest() {
        left.broken();

        List<CompletableFuture<JobAnswer>> answers = submit(200);

        answers.forEach(CompletableFuture::join);
        assertThat(queue.statistics().failed()).isZero();
        assertThat(left.firstBytes()).isEmpty();
    }

    @Test
    void aDeviceThatIsWrongThreeTimesInARowGetsNoMoreWork() {
        left.broken();
        for (int i = 0; i < 20; i++) {
            group.run(batch(1));
        }

        assertThat(left.framesPerRun()).hasSize(3);
        assertThat(right.framesPerRun()).hasSize(20);
    }

    @Test
    void aDeviceThatRecoversInTimeStaysInService() {
        left.broken();
        group.run(batch(1));
        group.run(batch(1));
        left.mend();
        group.run(batch(1));
        left.broken();
        group.run(batch(1));
        left.mend();
        group.run(batch(1));

        assertThat(left.framesPerRun()).hasSize(5);
    }

    @Test
    void aBatchThatEveryDeviceRefusesIsAtFaultItself() {
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> group.run(batch(FakeEngine.POISON)))
                    .isInstanceOfSatisfying(
                            ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.MODEL_FAILED));
        }

        group.run(batch(1));
        assertThat(left.framesPerRun()).as("still in service").hasSize(11);
    }

    @Test
    void whenEveryDeviceIsBrokenEachJobIsToldSo() {
        left.broken();
        right.broken();

        for (CompletableFuture<JobAnswer> answer : submit(20)) {
            assertThatThrownBy(answer::join)
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(ScoringException.class);
        }
        assertThat(queue.statistics().failed()).isEqualTo(20);
    }

    @Test
    void closingTheQueueWaitsForEveryDevice() {
        left.held();
        right.held();
        List<CompletableFuture<JobAnswer>> answers = submit(2);
        left.awaitRun();
        right.awaitRun();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(queue::close);
        left.release(1);
        Await.until("one answer", () -> answers.stream().anyMatch(CompletableFuture::isDone));
        assertThat(closing).isNotDone();

        right.release(1);
        closing.join();
        assertThat(answers).allMatch(CompletableFuture::isDone);
    }

    @Test
    void saysEveryDeviceAndClosesEveryEngine() {
        assertThat(group.devices()).containsExactly(Device.CPU, Device.CPU);
        group.close();
        assertThat(left.closed()).isTrue();
        assertThat(right.closed()).isTrue();
    }

    private List<CompletableFuture<JobAnswer>> submit(int jobs) {
        List<CompletableFuture<JobAnswer>> answers = new ArrayList<>();
        for (int job = 0; job < jobs; job++) {
            answers.add(queue.submit(job(job % 60))); // below the byte that is poison
        }
        return answers;
    }

    private static ScoreJob job(int firstByte) {
        byte[] rgb = new byte[12];
        rgb[0] = (byte) firstByte;
        return new ScoreJob(List.of(new Frame(2, 2, rgb)), List.of(0), OptionalLong.empty(), Lane.INTERACTIVE);
    }

    private static EngineBatch batch(int firstByte) {
        ByteBuffer pixels = ByteBuffer.allocateDirect(12).put(0, (byte) firstByte);
        return new EngineBatch(1, 2, 2, pixels, new long[][] {{0}}, new long[] {0});
    }
}
