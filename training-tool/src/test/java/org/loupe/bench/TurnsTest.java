package org.loupe.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnsTest {
    @Test
    void takesTurnsAndCountsNoWarmUp() {
        List<String> order = new ArrayList<>();
        Turns.Times times = new Turns()
                .add("a", () -> order.add("a"))
                .add("b", () -> order.add("b"))
                .run(1, 2, done -> {});
        assertThat(order).containsExactly("a", "b", "a", "b", "a", "b");
        assertThat(times.of("a")).hasSize(2);
        assertThat(times.has("c")).isFalse();
    }

    @Test
    void oneDisturbedRoundDoesNotMoveTheMedian() {
        assertThat(Turns.median(new double[] {3, 1000, 1})).isEqualTo(3);
        assertThat(Turns.median(new double[] {4, 2, 1, 3})).isEqualTo(2.5);
    }
}
