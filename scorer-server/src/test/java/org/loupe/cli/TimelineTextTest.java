package org.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.loupe.score.Task;
import org.loupe.score.Timeline;

class TimelineTextTest {
    private static final TimelineText TEXT = new TimelineText(StandardCharsets.UTF_8);

    @Test
    void barsGoFromTheLowestSegmentToTheHighest() {
        assertThat(TEXT.lines(timeline(1f, 5f, 3f)))
                .containsExactly(
                        "  quality    ▁█▅  1.00 to 5.00", "  worst second 0:00 (1.00), best cover 1:02:03 (4.00)");
    }

    @Test
    void aTerminalWithoutBarsGetsPlainCharacters() {
        assertThat(new TimelineText(StandardCharsets.US_ASCII).lines(timeline(1f, 5f)))
                .first()
                .isEqualTo("  quality    _#  1.00 to 5.00");
    }

    @Test
    void aSteadyClipIsALevelRow() {
        assertThat(TEXT.lines(timeline(3f, 3f))).first().isEqualTo("  quality    ▄▄  3.00 to 3.00");
    }

    @Test
    void aFilmsOneBadSegmentShowsInItsBar() {
        Float[] film =
                IntStream.range(0, 1440).mapToObj(i -> i == 700 ? 1f : 4f).toArray(Float[]::new);
        String row = TEXT.lines(timeline(film)).get(0);

        assertThat(row).contains("1.00 to 4.00");
        assertThat(row.chars().filter(c -> c == '▁')).hasSize(1);
        assertThat(row.chars().filter(c -> c == '█')).hasSize(59);
    }

    private static Timeline timeline(Float... quality) {
        List<Timeline.Segment> segments = IntStream.range(0, quality.length)
                .mapToObj(i -> new Timeline.Segment(5 * i, 5 * i + 5, 5, Map.of(Task.QUALITY, quality[i])))
                .toList();
        return new Timeline(segments, new Timeline.Moment(0, 1), new Timeline.Moment(3723, 4));
    }
}
