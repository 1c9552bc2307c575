package org.loupe.score;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How a clip does over its time. The frame of every second is scored as a picture of its own; a clip's {@link ScoredMedia#scores} are
 * another answer, of the model that has seen the frames together, and do not depend on whether a timeline was asked for.
 *
 * @param segments the whole clip without gaps, in the order of time; at least one
 * @param worst the second with the lowest quality, or of the one task asked; of equals the first
 * @param cover the second whose frame does best as a still: highest mean of its MOS over the tasks asked; of equals the first
 */
public record Timeline(List<Segment> segments, Moment worst, Moment cover) {
    public Timeline {
        segments = List.copyOf(segments);
        if (segments.isEmpty()) {
            throw new IllegalArgumentException("a timeline has at least one segment");
        }
    }

    /**
     * Some seconds of the clip.
     *
     * @param start first second, from 0
     * @param end the second after its last frame
     * @param frames frames looked at, one a second
     * @param mos mean MOS of its frames for each task asked, 1 (bad) to 5 (excellent)
     */
    public record Segment(int start, int end, int frames, Map<Task, Float> mos) {
        public Segment {
            if (start < 0 || end <= start || frames < 1 || mos.isEmpty()) {
                throw new IllegalArgumentException(
                        "no segment: " + frames + " frames from second " + start + " to " + end + " with " + mos);
            }
            Map<Task, Float> copy = new EnumMap<>(Task.class);
            copy.putAll(mos);
            mos = Collections.unmodifiableMap(copy);
        }
    }

    /**
     * One frame of the clip.
     *
     * @param second when it is shown, from 0
     * @param mos its MOS, as the field that holds it says, 1 to 5
     */
    public record Moment(int second, float mos) {}
}
