package org.loupe.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.loupe.score.Task;
import org.loupe.training.data.Rated;

/**
 * Expected figures are means and percentiles over 20,000 draws (8,000 with pictures drawn too) by NumPy 2.4.6 and SciPy 1.17.1: for each
 * picture a vote by {@code Generator.integers} under the cumulated counts, the others' mean as (sum - vote) / (votes - 1), then
 * {@code stats.spearmanr} and {@code corrcoef}. A thousand draws of ours lie within three standard errors of them.
 */
class HumanAgreementTest {
    private static final int ITEMS = 60;
    private static final int STEPS = 7;

    @Test
    void agreesWithANumpySimulation() {
        HumanAgreement found = HumanAgreement.of(items(), predicted(), HumanAgreement.DRAWS, 4);
        assertThat(found.n()).isEqualTo(ITEMS);
        assertThat(found.votes()).isCloseTo(21.083333333333332, within(1e-9));
        assertThat(found.humanSrcc().value()).isCloseTo(0.50511, within(0.010));
        assertThat(found.modelSrcc().value()).isCloseTo(0.74048, within(0.0012));
        assertThat(found.humanPlcc().value()).isCloseTo(0.50282, within(0.010));
        assertThat(found.modelPlcc().value()).isCloseTo(0.70708, within(0.0012));
        assertThat(found.srccDifference().value()).isCloseTo(0.23536, within(0.010));
        assertThat(found.above()).isCloseTo(0.99535, within(0.007));
        assertThat(found.humanSrcc().ci95().low()).isCloseTo(0.17927, within(0.05));
        assertThat(found.humanSrcc().ci95().high()).isCloseTo(0.75391, within(0.03));
        assertThat(found.modelSrcc().ci95().low()).isCloseTo(0.60325, within(0.03));
        assertThat(found.modelSrcc().ci95().high()).isCloseTo(0.82676, within(0.02));
        assertThat(found.srccDifference().ci95().low()).isCloseTo(-0.03854, within(0.04));
        assertThat(found.srccDifference().ci95().high()).isCloseTo(0.57185, within(0.04));
    }

    @Test
    void whoAlwaysVotesWithTheOthersAgreesWithThem() {
        List<Rated> unanimous = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Integer[] votes = {0, 0, 0, 0, 0};
            votes[i] = 9;
            unanimous.add(rated(i, List.of(votes)));
        }
        HumanAgreement found = HumanAgreement.of(unanimous, new double[] {5, 4, 3, 2, 1}, 20, 1);
        assertThat(found.humanSrcc().value()).isCloseTo(1, within(1e-12));
        assertThat(found.modelSrcc().value()).isCloseTo(-1, within(1e-12));
        assertThat(found.above()).isZero();
    }

    @Test
    void picturesWithoutVotesAreLeftOut() {
        List<Rated> items = new ArrayList<>(items());
        items.add(new Rated(Path.of("x.jpg"), "x.jpg", Task.QUALITY, 3));
        double[] predicted = java.util.Arrays.copyOf(predicted(), ITEMS + 1);
        assertThat(HumanAgreement.of(items, predicted, 5, 4)).isEqualTo(HumanAgreement.of(items(), predicted(), 5, 4));
        List<Rated> single = List.of(rated(0, List.of(0, 1, 0)), rated(1, List.of(1, 0, 0)));
        assertThat(HumanAgreement.known(single)).isFalse();
        assertThatThrownBy(() -> HumanAgreement.of(single, new double[] {1, 2}, 5, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Rated rated(int i, List<Integer> votes) {
        String name = i + ".jpg";
        return new Rated(Path.of(name), name, Task.AESTHETICS, 3, OptionalDouble.empty(), votes);
    }

    private static List<Rated> items() {
        List<Rated> items = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            List<Integer> votes = new ArrayList<>();
            for (int k = 0; k < STEPS; k++) {
                votes.add((i * 13 + k * k * 5 + i * k * 3) % 17 / (1 + Math.abs(k - i % STEPS)));
            }
            items.add(rated(i, votes));
        }
        return items;
    }

    private static double[] predicted() {
        double[] predicted = new double[ITEMS];
        for (int i = 0; i < ITEMS; i++) {
            predicted[i] = 1 + 4 * (i % STEPS * 3 + i * 29 % 11) / 28.0;
        }
        return predicted;
    }
}
