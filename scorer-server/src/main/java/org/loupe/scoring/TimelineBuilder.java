package org.loupe.scoring;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.loupe.score.Task;
import org.loupe.score.Timeline;

/** The frames of a clip, each scored as a picture, to what a {@link Timeline} says. Values only. */
final class TimelineBuilder {
    private TimelineBuilder() {}

    /**
     * @param tasks what was asked, in the order of {@link Task}
     * @param mos {@code float[second][task]}, at least one second
     * @param segmentSeconds length of a segment, at least 1; the last may be shorter
     */
    static Timeline of(List<Task> tasks, List<float[]> mos, int segmentSeconds) {
        List<Timeline.Segment> segments = new ArrayList<>();
        for (int start = 0; start < mos.size(); start += segmentSeconds) {
            int end = (int) Math.min((long) start + segmentSeconds, mos.size());
            segments.add(new Timeline.Segment(start, end, end - start, mean(tasks, mos.subList(start, end))));
        }
        int quality = Math.max(0, tasks.indexOf(Task.QUALITY));
        int worst = 0;
        int cover = 0;
        for (int second = 1; second < mos.size(); second++) {
            if (mos.get(second)[quality] < mos.get(worst)[quality]) {
                worst = second;
            }
            if (mean(mos.get(second)) > mean(mos.get(cover))) {
                cover = second;
            }
        }
        return new Timeline(
                segments, new Timeline.Moment(worst, mos.get(worst)[quality]), new Timeline.Moment(cover, (float)
                        mean(mos.get(cover))));
    }

    private static Map<Task, Float> mean(List<Task> tasks, List<float[]> frames) {
        Map<Task, Float> means = new EnumMap<>(Task.class);
        for (int task = 0; task < tasks.size(); task++) {
            double sum = 0;
            for (float[] frame : frames) {
                sum += frame[task];
            }
            means.put(tasks.get(task), (float) (sum / frames.size()));
        }
        return means;
    }

    /** Over the tasks: a cover should be both sharp and good to look at, and MOS are of one scale. */
    private static double mean(float[] tasks) {
        double sum = 0;
        for (float mos : tasks) {
            sum += mos;
        }
        return sum / tasks.length;
    }
}
