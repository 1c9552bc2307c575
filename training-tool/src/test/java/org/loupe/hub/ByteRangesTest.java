package org.loupe.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteRangesTest {
    @Test
    void agreesWithASetOfBytesHoweverRangesAreAdded() {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            ByteRanges ranges = new ByteRanges();
            BitSet bytes = new BitSet();
            for (int i = 0; i < 12; i++) {
                int from = random.nextInt(60);
                int to = from + random.nextInt(12);
                ranges.add(new ByteRanges.Range(from, to));
                bytes.set(from, to);
            }
            assertThat(ranges.bytes()).isEqualTo(bytes.cardinality());
            int missing = bytes.nextClearBit(0);
            int size = 50;
            if (missing < size) {
                assertThat(ranges.firstMissing(size, 5)).hasValueSatisfying(gap -> {
                    assertThat(gap.from()).isEqualTo(missing);
                    int next = bytes.nextSetBit(missing);
                    int end = Math.min(size, next < 0 ? size : next);
                    assertThat(gap.to()).isEqualTo(Math.min(end, missing + 5));
                });
            } else {
                assertThat(ranges.firstMissing(size, 5)).isEmpty();
            }
        }
    }

    @Test
    void touchingRangesBecomeOne() {
        ByteRanges ranges = ByteRanges.of(
                List.of(new ByteRanges.Range(0, 5), new ByteRanges.Range(10, 15), new ByteRanges.Range(5, 10)));
        assertThat(ranges.ranges()).containsExactly(new ByteRanges.Range(0, 15));
    }
}
