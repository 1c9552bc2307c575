package org.loupe.client;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.loupe.proto.v1.TaskMos;
import org.loupe.proto.v1.TimelineMoment;
import org.loupe.proto.v1.TimelineSegment;
import org.loupe.score.Task;
import org.loupe.score.Timeline;

/** {@link Timeline} as {@code loupe.v1} messages and back; the part of {@link WireMessages} that only clips need. */
final class WireTimeline {
    private WireTimeline() {}

    static org.loupe.proto.v1.Timeline toWire(Timeline timeline) {
        org.loupe.proto.v1.Timeline.Builder wire = org.loupe.proto.v1.Timeline.newBuilder()
                .setWorst(toWire(timeline.worst()))
                .setCover(toWire(timeline.cover()));
        for (Timeline.Segment segment : timeline.segments()) {
            TimelineSegment.Builder part = TimelineSegment.newBuilder()
                    .setStartSecond(segment.start())
                    .setEndSecond(segment.end())
                    .setFrames(segment.frames());
            segment.mos()
                    .forEach((task, mos) -> part.addScores(TaskMos.newBuilder()
                            .setTask(WireMessages.toWire(task))
                            .setMos(mos)));
            wire.addSegments(part);
        }
        return wire.build();
    }

    /** @throws IllegalArgumentException if it breaks the contract */
    static Timeline fromWire(org.loupe.proto.v1.Timeline wire) {
        List<Timeline.Segment> segments = wire.getSegmentsList().stream()
                .map(segment -> new Timeline.Segment(
                        segment.getStartSecond(), segment.getEndSecond(), segment.getFrames(), mos(segment)))
                .toList();
        return new Timeline(segments, fromWire(wire.getWorst()), fromWire(wire.getCover()));
    }

    private static Map<Task, Float> mos(TimelineSegment segment) {
        Map<Task, Float> mos = new EnumMap<>(Task.class);
        for (TaskMos score : segment.getScoresList()) {
            WireMessages.knownTasks(List.of(score.getTask())).forEach(task -> mos.put(task, score.getMos()));
        }
        return mos;
    }

    private static TimelineMoment toWire(Timeline.Moment moment) {
        return TimelineMoment.newBuilder()
                .setSecond(moment.second())
                .setMos(moment.mos())
                .build();
    }

    private static Timeline.Moment fromWire(TimelineMoment wire) {
        return new Timeline.Moment(wire.getSecond(), wire.getMos());
    }
}
