package org.loupe.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.loupe.score.AdapterRef;
import org.loupe.score.ErrorReason;
import org.loupe.score.ModelRef;
import org.loupe.score.Score;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.score.Timeline;

class WireMessagesTest {
    @Test
    void aTimelineSurvivesTheWire() {
        ScoredMedia clip = clip(new Timeline(
                List.of(
                        new Timeline.Segment(0, 5, 5, Map.of(Task.QUALITY, 2.5f, Task.AESTHETICS, 3.25f)),
                        new Timeline.Segment(5, 7, 2, Map.of(Task.QUALITY, 4f, Task.AESTHETICS, 1f))),
                new Timeline.Moment(3, 1.5f),
                new Timeline.Moment(6, 4.5f)));

        assertThat(WireMessages.fromWire(WireMessages.toWire(clip))).isEqualTo(clip);
    }

    @Test
    void anAnswerWithoutTimelineHasNone() {
        ScoredMedia clip = clip(null);

        assertThat(WireMessages.toWire(clip).hasTimeline()).isFalse();
        assertThat(WireMessages.fromWire(WireMessages.toWire(clip)).timeline()).isEmpty();
    }

    @Test
    void aTimelineWithoutSegmentsBreaksTheContract() {
        org.loupe.proto.v1.ScoredMedia wire = WireMessages.toWire(clip(null)).toBuilder()
                .setTimeline(org.loupe.proto.v1.Timeline.getDefaultInstance())
                .build();

        assertThatExceptionOfType(ScoringException.class)
                .isThrownBy(() -> WireMessages.fromWire(wire))
                .satisfies(failure -> assertThat(failure.reason()).isEqualTo(ErrorReason.INTERNAL));
    }

    @Test
    void theLengthOfSegmentsSurvivesTheWire() {
        ScoreOptions options =
                ScoreOptions.DEFAULT.withTasks(Set.of(Task.QUALITY)).withTimeline(30);

        assertThat(WireMessages.fromWire(WireMessages.toWire(options, Optional.empty()), ""))
                .isEqualTo(options);
    }

    @Test
    void segmentsLastFiveSecondsUnlessSaidOtherwise() {
        org.loupe.proto.v1.ScoreOptions wire =
                org.loupe.proto.v1.ScoreOptions.newBuilder().setTimeline(true).build();

        assertThat(WireMessages.fromWire(wire, "").segmentSeconds()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(ints = {86_401, -1})
    void refusesSegmentsLongerThanADay(int seconds) {
        org.loupe.proto.v1.ScoreOptions wire = org.loupe.proto.v1.ScoreOptions.newBuilder()
                .setTimeline(true)
                .setSegmentSeconds(seconds)
                .build();

        assertThatExceptionOfType(ScoringException.class)
                .isThrownBy(() -> WireMessages.fromWire(wire, ""))
                .satisfies(failure -> assertThat(failure.reason()).isEqualTo(ErrorReason.INVALID_REQUEST));
    }

    private static ScoredMedia clip(@Nullable Timeline timeline) {
        Score score = Score.of(
                Task.QUALITY,
                List.of("excellent", "good", "fair", "poor", "bad"),
                List.of(5f, 4f, 3f, 2f, 1f),
                new float[] {1, 2, 3, 2, 1});
        return new ScoredMedia(
                "video/mp4",
                new ModelRef("m", "1", "d"),
                Optional.of(new AdapterRef("house", "2", "e")),
                7,
                "ab",
                Map.of(Task.QUALITY, score),
                Optional.ofNullable(timeline));
    }
}
