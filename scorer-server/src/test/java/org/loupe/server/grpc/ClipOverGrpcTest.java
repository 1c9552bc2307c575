package org.loupe.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.loupe.batch.BatchConfig;
import org.loupe.batch.FakeEngine;
import org.loupe.decode.TestVideo;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.proto.v1.ScoreOptions;
import org.loupe.proto.v1.ScoreRequest;
import org.loupe.proto.v1.ScoredMedia;
import org.loupe.proto.v1.ScoringServiceGrpc;
import org.loupe.proto.v1.Task;
import org.loupe.proto.v1.TaskMos;
import org.loupe.proto.v1.Timeline;
import org.loupe.proto.v1.TimelineSegment;
import org.loupe.scoring.TestScoring;
import org.loupe.server.access.AccessConfig;
import org.loupe.server.access.Token;

/** A clip longer than the model's 64 frames through the real service. */
@SuppressWarnings("NullAway.Init") // opened before each test
class ClipOverGrpcTest {
    private static final int SECONDS = 70;

    private final FakeEngine engine = new FakeEngine(5);
    private TestScoring scoring;
    private GrpcPort port;
    private ManagedChannel channel;

    @BeforeEach
    void open() throws IOException {
        String name = UUID.randomUUID().toString();
        scoring = new TestScoring(model -> engine, new BatchConfig(8, 32, Duration.ZERO, 64));
        GrpcConfig config = new GrpcConfig("127.0.0.1", 0, 32L << 20, 1, 4, 64, Duration.ofSeconds(30));
        port = GrpcPort.start(
                InProcessServerBuilder.forName(name),
                scoring.scoring(),
                scoring.models(),
                ModelConfig.Administration.STORE,
                config,
                Token.of(AccessConfig.DEFAULT));
        channel = InProcessChannelBuilder.forName(name).build();
    }

    @AfterEach
    void close() {
        channel.shutdownNow();
        port.close();
        scoring.close();
    }

    @Test
    void aClipIsScoredInSegmentsAndAnswersWithItsTimeline() {
        ScoredMedia media = score(ScoreOptions.newBuilder().setTimeline(true).setSegmentSeconds(30));
        Timeline timeline = media.getTimeline();

        assertThat(media.getFrames()).isEqualTo(SECONDS);
        assertThat(engine.framesPerRun()).contains(64, 6);
        assertThat(timeline.getSegmentsList())
                .extracting(TimelineSegment::getStartSecond)
                .containsExactly(0, 30, 60);
        assertThat(timeline.getSegmentsList())
                .extracting(TimelineSegment::getEndSecond)
                .containsExactly(30, 60, SECONDS);
        for (TimelineSegment segment : timeline.getSegmentsList()) {
            assertThat(segment.getFrames()).isEqualTo(segment.getEndSecond() - segment.getStartSecond());
            assertThat(segment.getScoresList())
                    .extracting(TaskMos::getTask)
                    .containsExactly(Task.TASK_QUALITY, Task.TASK_AESTHETICS);
        }
        // The engine looks only at the padding above the frame, so all seconds are alike and the first is taken.
        assertThat(timeline.getWorst().getSecond()).isZero();
        assertThat(timeline.getWorst().getMos())
                .isCloseTo(timeline.getSegments(0).getScores(0).getMos(), within(1e-5f));
    }

    @Test
    void withoutAskingThereIsNoTimeline() {
        ScoredMedia media = score(ScoreOptions.newBuilder());

        assertThat(media.hasTimeline()).isFalse();
        assertThat(engine.framesPerRun()).containsExactly(64, 6);
    }

    @Test
    void segmentsLongerThanADayAreRefused() {
        assertThatExceptionOfType(StatusRuntimeException.class)
                .isThrownBy(
                        () -> score(ScoreOptions.newBuilder().setTimeline(true).setSegmentSeconds(100_000)))
                .satisfies(
                        refusal -> assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
    }

    private ScoredMedia score(ScoreOptions.Builder options) {
        ScoreRequest request = ScoreRequest.newBuilder()
                .setContent(ByteString.copyFrom(
                        TestVideo.of("mp4", "mpeg4", SECONDS, 1).bytes()))
                .setOptions(options)
                .build();
        return ScoringServiceGrpc.newBlockingStub(channel).score(request).getMedia();
    }
}
