package org.loupe.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.loupe.batch.BatchConfig;
import org.loupe.batch.FakeEngine;
import org.loupe.client.ScoreOptions;
import org.loupe.decode.DecodeBudget;
import org.loupe.decode.DecodeLimits;
import org.loupe.decode.DecodeRequest;
import org.loupe.decode.MediaDecoder;
import org.loupe.decode.MediaSource;
import org.loupe.decode.TestVideo;
import org.loupe.preprocess.Preprocessor;
import org.loupe.score.Score;
import org.loupe.score.ScoredMedia;
import org.loupe.score.Task;
import org.loupe.score.Timeline;

/** Clips longer than the model's 64 frames, over an engine whose answers can be worked out by hand. */
class ClipScoringTest {
    private static final int SECONDS = 131;
    private static final int MODEL_FRAMES = 64;
    private static final double TOLERANCE = 1e-4; // MOS; logits are rounded to float on the way
    private static final ScoreOptions ALL = ScoreOptions.DEFAULT;

    private static byte[] clip = new byte[0];

    private final LightEngine engine = new LightEngine();
    private final TestScoring test =
            new TestScoring(model -> engine, new BatchConfig(8, 32, Duration.ZERO, MODEL_FRAMES));

    @BeforeAll
    static void film() {
        clip = TestVideo.of("mp4", "mpeg4", SECONDS, 1).bytes();
    }

    @AfterEach
    void stop() {
        test.close();
    }

    @Test
    void aLongClipIsCutIntoSegmentsOfTheModelsLength() {
        ScoredMedia scored = score(ALL.withTasks(Set.of(Task.QUALITY)));

        assertThat(scored.frames()).isEqualTo(SECONDS);
        assertThat(engine.framesPerRow()).containsExactly(64, 64, 3);
    }

    @Test
    void theVotesOfSegmentsCountByTheirFrames() {
        double mean = lights().stream().mapToDouble(light -> light).average().orElseThrow();

        assertThat((double) mos(score(ALL), Task.QUALITY)).isCloseTo(1 + 4 * mean, within(TOLERANCE));
    }

    @Test
    void aTimelineHasEverySecondOnce() {
        List<Timeline.Segment> segments = timeline(score(ALL.withTimeline(20))).segments();

        assertThat(segments).extracting(Timeline.Segment::start).containsExactly(0, 20, 40, 60, 80, 100, 120);
        assertThat(segments).extracting(Timeline.Segment::end).containsExactly(20, 40, 60, 80, 100, 120, 131);
        List<Double> lights = lights();
        for (Timeline.Segment segment : segments) {
            double mean = lights.subList(segment.start(), segment.end()).stream()
                    .mapToDouble(light -> light)
                    .average()
                    .orElseThrow();
            assertThat(segment.frames()).isEqualTo(segment.end() - segment.start());
            for (Task task : Task.values()) {
                assertThat((double) segment.mos().getOrDefault(task, 0f)).isCloseTo(1 + 4 * mean, within(TOLERANCE));
            }
        }
    }

    @Test
    void theDarkestSecondIsWorstAndTheLightestTheCover() {
        Timeline timeline = timeline(score(ALL.withTimeline(7)));
        List<Double> lights = lights();

        assertThat(timeline.worst().second()).isEqualTo(lights.indexOf(Collections.min(lights)));
        assertThat(timeline.cover().second()).isEqualTo(lights.indexOf(Collections.max(lights)));
        assertThat((double) timeline.cover().mos()).isCloseTo(1 + 4 * Collections.max(lights), within(TOLERANCE));
    }

    @Test
    void askingForATimelineChangesNoScore() {
        ScoredMedia plain = score(ALL);
        try (TestScoring other =
                new TestScoring(model -> new LightEngine(), new BatchConfig(8, 32, Duration.ZERO, MODEL_FRAMES))) {
            ScoredMedia withTimeline = other.scoring()
                    .score(ScoringRequest.of(MediaSource.of(clip), ALL.withTimeline(5)))
                    .join();

            assertThat(withTimeline.scores()).isEqualTo(plain.scores());
        }
    }

    @Test
    void eachFrameIsScoredOnceTogetherAndOnceAlone() {
        score(ALL.withTasks(Set.of(Task.AESTHETICS)).withTimeline(5));

        List<Integer> rows = new ArrayList<>(engine.framesPerRow());
        assertThat(rows.removeAll(List.of(64, 3))).isTrue();
        assertThat(rows).hasSize(SECONDS).containsOnly(1);
    }

    @Test
    void aTimelineIsRememberedWithItsSegmentsAndTasks() {
        ScoredMedia first = score(ALL.withTimeline(10));
        long runs = test.queue().framesRun();

        assertThat(score(ALL.withTimeline(10))).isEqualTo(first);
        assertThat(score(ALL)).isEqualTo(first.withTimeline(Optional.empty()));
        assertThat(test.queue().framesRun()).as("answered from memory").isEqualTo(runs);

        assertThat(timeline(score(ALL.withTimeline(131))).segments()).hasSize(1);
        assertThat(timeline(score(ALL.withTimeline(10).withTasks(Set.of(Task.AESTHETICS))))
                        .segments()
                        .get(0)
                        .mos())
                .containsOnlyKeys(Task.AESTHETICS);
    }

    @Test
    void aStillHasNoTimeline() {
        byte[] still = TestPictures.png(1);
        test.scoring().score(ScoringRequest.of(MediaSource.of(still), ALL)).join();
        ScoredMedia scored = test.scoring()
                .score(ScoringRequest.of(MediaSource.of(still), ALL.withTimeline(5)))
                .join();

        assertThat(scored.timeline()).isEmpty();
        assertThat(test.queue().framesRun()).as("nothing new was asked").isEqualTo(1);
    }

    /** A queue smaller than a segment and its frames makes the clip wait; it is not refused. */
    @Test
    void clipsWaitForRoomInsteadOfBeingRefused() {
        try (TestScoring narrow =
                new TestScoring(model -> new LightEngine(), new BatchConfig(8, 32, Duration.ZERO, 2))) {
            ScoredMedia scored = narrow.scoring()
                    .score(ScoringRequest.of(MediaSource.of(clip), ALL.withTimeline(5)))
                    .join();

            assertThat(timeline(scored).segments()).hasSize(27);
        }
    }

    @Test
    void aClipThatNobodyWaitsForIsNotDecodedToItsEnd() {
        FakeEngine held = new FakeEngine(5).held();
        try (TestScoring busy = new TestScoring(model -> held, new BatchConfig(8, 32, Duration.ZERO, MODEL_FRAMES))) {
            CompletableFuture<ScoredMedia> given =
                    busy.scoring().score(ScoringRequest.of(MediaSource.of(clip), ALL.withTimeline(5)));
            held.awaitRun();
            given.cancel(false);
            held.release(100);
            busy.scoring()
                    .score(ScoringRequest.of(MediaSource.of(TestPictures.png(1)), ALL))
                    .join(); // the one decoding thread is free again

            assertThat(busy.queue().framesRun())
                    .as("the first segment, what was under way, the photo")
                    .isLessThan(SECONDS);
        }
    }

    private ScoredMedia score(ScoreOptions options) {
        return test.scoring()
                .score(ScoringRequest.of(MediaSource.of(clip), options))
                .join();
    }

    /** Share of light in each second's frame as the model gets to see it. */
    private List<Double> lights() {
        Preprocessor preprocessor = test.models().standard().preprocessor();
        List<Double> lights =
                new ArrayList<>(IntStream.range(0, SECONDS).mapToObj(i -> 0.0).toList());
        new MediaDecoder(DecodeLimits.DEFAULT, DecodeBudget.ofHeap())
                .decode(
                        MediaSource.of(clip),
                        DecodeRequest.FULL,
                        (second, frame) -> lights.set(
                                second,
                                LightEngine.light(preprocessor.apply(frame).rgb())));
        return lights;
    }

    private static float mos(ScoredMedia scored, Task task) {
        Score score = Objects.requireNonNull(scored.scores().get(task));
        return score.mos();
    }

    private static Timeline timeline(ScoredMedia scored) {
        return scored.timeline().orElseThrow();
    }
}
