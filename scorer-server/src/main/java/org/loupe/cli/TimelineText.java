package org.loupe.cli;

import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.loupe.score.Task;
import org.loupe.score.Timeline;

/** A timeline as lines of text: one row of bars a task, from the clip's lowest segment to its highest. */
final class TimelineText {
    private static final String BARS = "▁▂▃▄▅▆▇█";
    /** Where the terminal has no such characters. */
    private static final String PLAIN_BARS = "_.-=+*%#";
    /** Leaves room for the task's name and the range in a terminal of 110 columns; longer clips share a bar among segments. */
    private static final int MOST_BARS = 60;

    private final String bars;

    /** @param charset of the terminal */
    TimelineText(Charset charset) {
        this.bars = charset.newEncoder().canEncode(BARS) ? BARS : PLAIN_BARS;
    }

    /** For standard output. */
    static TimelineText ofTerminal() {
        String name = System.getProperty("stdout.encoding"); // from Java 19 on; before it is the default one
        return new TimelineText(name == null ? Charset.defaultCharset() : Charset.forName(name));
    }

    /** @return lines without line ends: each task's bars and range, then the worst second and the best cover */
    List<String> lines(Timeline timeline) {
        List<String> lines = new ArrayList<>();
        for (Task task : timeline.segments().get(0).mos().keySet()) {
            List<Double> values = values(timeline, task);
            double low = values.stream().mapToDouble(v -> v).min().orElseThrow();
            double high = values.stream().mapToDouble(v -> v).max().orElseThrow();
            StringBuilder row = new StringBuilder();
            for (double value : values) {
                int bar = high > low ? (int) Math.min(7, (value - low) / (high - low) * 8) : 3;
                row.append(bars.charAt(bar));
            }
            lines.add(String.format(Locale.ROOT, "  %-10s %s  %.2f to %.2f", task.id(), row, low, high));
        }
        lines.add(String.format(
                Locale.ROOT,
                "  worst second %s (%.2f), best cover %s (%.2f)",
                clock(timeline.worst().second()),
                timeline.worst().mos(),
                clock(timeline.cover().second()),
                timeline.cover().mos()));
        return lines;
    }

    /** One value a bar: of several segments the lowest, so that what is bad does not vanish in a mean. */
    private static List<Double> values(Timeline timeline, Task task) {
        List<Timeline.Segment> segments = timeline.segments();
        int count = Math.min(MOST_BARS, segments.size());
        List<Double> values = new ArrayList<>();
        for (int bar = 0; bar < count; bar++) {
            int from = (int) ((long) bar * segments.size() / count);
            int to = (int) ((bar + 1L) * segments.size() / count);
            values.add(segments.subList(from, to).stream()
                    .mapToDouble(segment -> segment.mos().getOrDefault(task, 1f))
                    .min()
                    .orElseThrow());
        }
        return values;
    }

    private static String clock(int second) {
        String minutes = String.format(Locale.ROOT, "%d:%02d", second / 60 % 60, second % 60);
        return second < 3600
                ? minutes
                : String.format(Locale.ROOT, "%d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
    }
}
