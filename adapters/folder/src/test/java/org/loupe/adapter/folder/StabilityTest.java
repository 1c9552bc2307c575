package org.loupe.adapter.folder;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class StabilityTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private static final Path FILE = Path.of("photo.jpg");

    private final Stability stability = new Stability(Duration.ofSeconds(2));

    @Test
    void takesAFileThatWasLastChangedLongAgoAtOnce() {
        assertThat(stability.offer(FILE, look(10, NOON.minusSeconds(2)), NOON)).isEqualTo(Stability.Verdict.READY);
        assertThat(stability.waiting()).isZero();
    }

    @Test
    void waitsUntilAFreshFileHasStoodStill() {
        Stability.Look fresh = look(10, NOON);
        assertThat(stability.offer(FILE, fresh, NOON)).isEqualTo(Stability.Verdict.WAITING);
        assertThat(stability.settled(NOON.plusMillis(1999), file -> fresh)).isEmpty();
        assertThat(stability.settled(NOON.plusSeconds(2), file -> fresh)).containsExactly(FILE);
        assertThat(stability.waiting()).isZero();
    }

    @Test
    void beginsAnewWheneverAFileGrows() {
        assertThat(stability.offer(FILE, look(10, NOON), NOON)).isEqualTo(Stability.Verdict.WAITING);
        Stability.Look grown = look(20, NOON.plusSeconds(1));
        assertThat(stability.settled(NOON.plusSeconds(2), file -> grown)).isEmpty();
        assertThat(stability.settled(NOON.plusMillis(3999), file -> grown)).isEmpty();
        assertThat(stability.settled(NOON.plusSeconds(4), file -> grown)).containsExactly(FILE);
    }

    @Test
    void doesNotBeginAnewBecauseAFileIsSeenTwice() {
        Stability.Look fresh = look(10, NOON);
        assertThat(stability.offer(FILE, fresh, NOON)).isEqualTo(Stability.Verdict.WAITING);
        assertThat(stability.offer(FILE, fresh, NOON.plusSeconds(1))).isEqualTo(Stability.Verdict.WAITING);
        assertThat(stability.settled(NOON.plusSeconds(2), file -> fresh)).containsExactly(FILE);
    }

    @Test
    void takesAFileFromTheFutureOnceItStandsStill() {
        Stability.Look future = look(10, NOON.plus(Duration.ofDays(1)));
        assertThat(stability.offer(FILE, future, NOON)).isEqualTo(Stability.Verdict.WAITING);
        assertThat(stability.settled(NOON.plusSeconds(2), file -> future)).containsExactly(FILE);
    }

    @Test
    void forgetsAFileThatHasGone() {
        assertThat(stability.offer(FILE, look(10, NOON), NOON)).isEqualTo(Stability.Verdict.WAITING);
        assertThat(stability.settled(NOON.plusSeconds(2), file -> null)).isEmpty();
        assertThat(stability.waiting()).isZero();
    }

    @Test
    void waitsForNoMoreFilesThanItHasRoomFor() {
        for (int i = 0; i < Stability.MAX_PENDING; i++) {
            assertThat(stability.offer(Path.of(i + ".jpg"), look(10, NOON), NOON))
                    .isEqualTo(Stability.Verdict.WAITING);
        }
        assertThat(stability.offer(FILE, look(10, NOON), NOON)).isEqualTo(Stability.Verdict.FULL);
        assertThat(stability.offer(Path.of("0.jpg"), look(10, NOON), NOON)).isEqualTo(Stability.Verdict.WAITING);
    }

    @Test
    void restoresALookFromItsText() {
        Stability.Look look = look(123_456_789_012L, Instant.parse("2026-11-23T12:00:00.123456789Z"));
        assertThat(Stability.decoded(Stability.encoded(look))).isEqualTo(look);
        Stability.Look old = look(0, Instant.parse("1969-07-20T20:17:40Z"));
        assertThat(Stability.decoded(Stability.encoded(old))).isEqualTo(old);
    }

    private static Stability.Look look(long sizeBytes, Instant modified) {
        return new Stability.Look(sizeBytes, FileTime.from(modified));
    }
}
