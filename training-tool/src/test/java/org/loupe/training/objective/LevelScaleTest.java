package org.loupe.training.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LevelScaleTest {
    private static final LevelScale FIVE = LevelScale.equidistant(5);

    @Test
    void sharesARatingBetweenItsTwoLevels() {
        assertThat(FIVE.twoLevels(4.25)).containsExactly(0.25f, 0.75f, 0, 0, 0);
        assertThat(FIVE.twoLevels(3)).containsExactly(0, 0, 1, 0, 0);
        assertThat(FIVE.twoLevels(1)).containsExactly(0, 0, 0, 0, 1);
        assertThat(FIVE.twoLevels(5)).containsExactly(1, 0, 0, 0, 0);
        assertThat(LevelScale.equidistant(3).twoLevels(4)).containsExactly(0.5f, 0.5f, 0);
        assertThat(LevelScale.equidistant(9).twoLevels(1.25)).containsExactly(0, 0, 0, 0, 0, 0, 0, 0.5f, 0.5f);
    }

    @Test
    void cutsTheScaleIntoEqualIntervalsUpperEndsIncluded() {
        assertThat(FIVE.discrete(1)).containsExactly(0, 0, 0, 0, 1);
        assertThat(FIVE.discrete(1.8)).containsExactly(0, 0, 0, 0, 1);
        assertThat(FIVE.discrete(1.81)).containsExactly(0, 0, 0, 1, 0);
        assertThat(FIVE.discrete(3)).containsExactly(0, 0, 1, 0, 0);
        assertThat(FIVE.discrete(5)).containsExactly(1, 0, 0, 0, 0);
        assertThat(LevelScale.equidistant(7).weights())
                .containsExactly(new double[] {5, 13 / 3.0, 11 / 3.0, 3, 7 / 3.0, 5 / 3.0, 1}, within(1e-12));
    }

    @Test
    void quantileLevelsHoldEquallyManyAndAreWorthTheirMean() {
        double[] ratings = {1.1, 2.9, 3.0, 3.1, 3.3, 3.5, 3.6, 3.7, 4.9};
        LevelScale scale = LevelScale.quantile(3, ratings);
        int[] members = new int[3];
        Arrays.stream(ratings).forEach(rating -> members[scale.levelOf(rating)]++);
        assertThat(members).containsExactly(3, 3, 3);
        assertThat(scale.weights())
                .containsExactly(
                        new double[] {(3.6 + 3.7 + 4.9) / 3, (3.1 + 3.3 + 3.5) / 3, (1.1 + 2.9 + 3.0) / 3},
                        within(1e-12));
    }

    @Test
    void equalIntervalsMayBeWorthTheMeanOfTheirRatings() {
        double[] ratings = {1.2, 1.4, 2.5, 3.1, 3.3, 4.9};
        LevelScale scale = LevelScale.equidistantMeans(5, ratings);
        assertThat(scale.borders()).containsExactly(FIVE.borders(), within(1e-12));
        assertThat(scale.weights())
                .as("nothing lies between 3.4 and 4.2, so that level is worth its step")
                .containsExactly(new double[] {4.9, 4, 3.2, 2.5, 1.3}, within(1e-12));
    }

    @Test
    void quantilesOfEqualStepsPushScoresAway() {
        double[] ratings = {2.9, 3.0, 3.1, 3.2, 3.3, 3.4};
        LevelScale scale = LevelScale.quantileSteps(3, ratings);
        assertThat(scale.borders())
                .containsExactly(LevelScale.quantile(3, ratings).borders(), within(1e-12));
        assertThat(scale.weights()).containsExactly(new double[] {5, 3, 1}, within(1e-12));
    }

    @Test
    void refusesQuantilesOfTooFewDifferentRatings() {
        assertThatThrownBy(() -> LevelScale.quantile(5, new double[] {1, 2, 2, 2, 2, 3}))
                .hasMessageContaining("fewer levels");
        assertThatThrownBy(() -> LevelScale.equidistant(4)).hasMessageContaining("3, 5, 7 or 9");
    }

    @Test
    void gaussianLabelsAreThoseOfDeqaScore() throws IOException {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(LevelScaleTest.class.getResourceAsStream("/deqa-soft-labels.csv")),
                StandardCharsets.UTF_8))) {
            in.readLine();
            int rows = 0;
            for (String line = in.readLine(); line != null; line = in.readLine(), rows++) {
                double[] row = Arrays.stream(line.split(","))
                        .mapToDouble(Double::parseDouble)
                        .toArray();
                float[] target = FIVE.gaussian(row[0], row[1]);
                for (int i = 0; i < target.length; i++) {
                    assertThat((double) target[i]).as(line).isEqualTo(row[2 + i], within(1e-5));
                }
            }
            assertThat(rows).isEqualTo(12);
        }
    }

    @Test
    void gaussianLabelsKeepTheMeanWhateverTheLevels() {
        for (int count : LevelScale.COUNTS) {
            LevelScale scale = LevelScale.equidistant(count);
            double[] weights = scale.weights();
            for (double mos = 1.1; mos < 4.95; mos += 0.17) {
                float[] target = scale.gaussian(mos, 0.6);
                double mean = 0;
                for (int i = 0; i < count; i++) {
                    mean += target[i] * weights[i];
                }
                assertThat(mean).isEqualTo(mos, within(0.11));
            }
        }
    }

    @Test
    void fiveLevelsHaveTheirWordsOthersNumbers() {
        assertThat(FIVE.names()).containsExactly("excellent", "good", "fair", "poor", "bad");
        assertThat(LevelScale.equidistant(3).names()).containsExactly("level-3-of-3", "level-2-of-3", "level-1-of-3");
    }
}
