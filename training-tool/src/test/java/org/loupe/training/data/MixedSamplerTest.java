package org.loupe.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.loupe.training.data.MixedSampler.Draw;
import org.loupe.training.data.MixedSampler.Part;

class MixedSamplerTest {
    @Test
    void withoutWeightsAnEpochIsEveryItemOnce() {
        MixedSampler sampler = new MixedSampler(List.of(new Part(30, 1), new Part(12, 1)), 7);
        assertThat(sampler.epochDraws()).isEqualTo(42);
        assertThat(sampler.draws(42, 42)).doesNotHaveDuplicates().hasSize(42);
        assertThat(sampler.draws(0, 42)).isNotEqualTo(sampler.draws(42, 42));
    }

    @Test
    void anItemOfTwiceTheWeightIsSeenTwiceAsOften() {
        MixedSampler sampler = new MixedSampler(List.of(new Part(10, 2), new Part(30, 1), new Part(8, 0.5)), 3);
        var seen = sampler.draws(0, 4 * sampler.epochDraws()).stream()
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        seen.forEach((draw, times) ->
                assertThat(times).as(draw.toString()).isEqualTo(draw.part() == 0 ? 8 : draw.part() == 1 ? 4 : 2));
        assertThat(seen).hasSize(48);
        assertThat(sampler.share(0)).isCloseTo(20 / 54.0, within(1e-12));
    }

    @Test
    void aStepIsTheSameWhateverWasDrawnBefore() {
        List<Part> parts = List.of(new Part(17, 1.3), new Part(5, 3));
        MixedSampler straight = new MixedSampler(parts, 11);
        List<List<Draw>> steps =
                IntStream.range(0, 40).mapToObj(s -> straight.step(s, 8)).toList();
        MixedSampler resumed = new MixedSampler(parts, 11);
        for (int step : new int[] {39, 3, 20, 21, 0}) {
            assertThat(resumed.step(step, 8)).isEqualTo(steps.get(step));
        }
        assertThat(new MixedSampler(parts, 12).step(0, 8)).isNotEqualTo(steps.get(0));
    }

    @Test
    void setsAreMixedWithinAnEpoch() {
        MixedSampler sampler = new MixedSampler(List.of(new Part(500, 1), new Part(500, 1)), 1);
        long firstHalf =
                sampler.draws(0, 500).stream().filter(draw -> draw.part() == 0).count();
        assertThat(firstHalf).isBetween(200L, 300L);
    }

    @Test
    void anEpochCountsThroughAllSets() {
        MixedSampler sampler = new MixedSampler(List.of(new Part(4, 1), new Part(3, 2)), 5);
        int[] epoch = sampler.epoch(3);
        assertThat(epoch).hasSize(10).containsOnly(0, 1, 2, 3, 4, 5, 6);
        List<Draw> draws = sampler.draws(30, 10);
        for (int i = 0; i < epoch.length; i++) {
            assertThat(epoch[i])
                    .isEqualTo(draws.get(i).part() * 4 + draws.get(i).item());
        }
    }

    @Test
    void itemsOfAnyOrderKeepTheirWeights() {
        WeightedOrder order = new WeightedOrder(new double[] {1, 3, 1, 0.5, 3, 0.5}, 2);
        assertThat(order.epochDraws()).isEqualTo(9);
        int[] seen = new int[6];
        for (int epoch = 0; epoch < 2; epoch++) {
            for (int item : order.epoch(epoch)) {
                seen[item]++;
            }
        }
        assertThat(seen).containsExactly(2, 6, 2, 1, 6, 1);
    }

    @Test
    void refusesWeightsThatMeanNothing() {
        assertThatThrownBy(() -> new Part(3, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Part(3, Double.NaN)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Part(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MixedSampler(List.of(), 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
