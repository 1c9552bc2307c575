package org.loupe.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LevelFiguresTest {
    @Test
    void countsWhoWentWhere() {
        double[] rated = {1.0, 1.8, 1.81, 3.0, 5.0, 4.3};
        double[] predicted = {1.5, 2.0, 2.2, 3.5, 4.9, 2.0};
        LevelConfusion confusion = LevelConfusion.of(predicted, rated);
        assertThat(confusion.counts()[4]).as("rated bad").containsExactly(0, 0, 0, 1, 1);
        assertThat(confusion.counts()[3]).as("rated poor").containsExactly(0, 0, 0, 1, 0);
        assertThat(confusion.counts()[2]).as("rated fair").containsExactly(0, 1, 0, 0, 0);
        assertThat(confusion.counts()[0]).as("rated excellent").containsExactly(1, 0, 0, 1, 0);
        assertThat(confusion.accuracy()).isCloseTo(3 / 6.0, within(1e-12));
        assertThat(confusion.adjacentAccuracy()).isCloseTo(5 / 6.0, within(1e-12));
    }

    /** The expected figure was computed with NumPy from the definition. */
    @Test
    void calibrationErrorIsWhatTheDefinitionGives() {
        double[][] probabilities = new double[60][5];
        double[] rated = new double[60];
        for (int i = 0; i < 60; i++) {
            for (int level = 0; level < 5; level++) {
                probabilities[i][level] = 1 + (i * 7 + level * 3) % 11;
            }
            double sum = Arrays.stream(probabilities[i]).sum();
            for (int level = 0; level < 5; level++) {
                probabilities[i][level] /= sum;
            }
            rated[i] = 1 + 4 * (i * 13 % 60) / 59.0;
        }
        Calibration calibration = Calibration.of(probabilities, rated);
        assertThat(calibration.error()).isCloseTo(0.09599429008358816, within(1e-12));
        assertThat(calibration.bins().stream().mapToInt(Calibration.Bin::n).sum())
                .isEqualTo(300);
    }

    @Test
    void whoeverIsCertainAndRightIsCalibrated() {
        double[][] certain = {{1, 0, 0, 0, 0}, {0, 0, 0, 0, 1}, {0, 0, 1, 0, 0}};
        assertThat(Calibration.of(certain, new double[] {4.8, 1.2, 3}).error()).isZero();
        assertThat(Calibration.of(certain, new double[] {1.2, 4.8, 3}).error()).isGreaterThan(0.2);
    }

    @Test
    void aBetterModelIsSeenToBeBetter() {
        double[] rated = new double[200];
        double[] vague = new double[200];
        double[] sharp = new double[200];
        for (int i = 0; i < 200; i++) {
            rated[i] = 1 + 4 * (i * 37 % 200) / 199.0;
            vague[i] = rated[i] + 1.5 * Math.sin(i * 12.9898);
            sharp[i] = rated[i] + 0.5 * Math.sin(i * 78.233);
        }
        Comparison better = Comparison.of(vague, sharp, rated, 500, 1);
        assertThat(better.srcc().value()).isPositive();
        assertThat(better.srcc().ci95().low()).isPositive();
        assertThat(better.srcc().p()).isLessThan(0.01);
        assertThat(better.rmse().ci95().high()).isNegative();
    }

    @Test
    void aModelIsNotBetterThanItself() {
        double[] rated = {1, 2, 3, 4, 5, 2.5, 3.5};
        double[] predicted = {1.5, 2.5, 2.5, 4, 4.5, 2, 4};
        Comparison same = Comparison.of(predicted, predicted, rated, 200, 1);
        assertThat(same.srcc().value()).isZero();
        assertThat(same.srcc().p()).isEqualTo(1);
        assertThat(same.rmse().ci95()).isEqualTo(new Interval(0, 0));
    }
}
