package org.loupe.training.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.loupe.export.small.ScoreHead;

class LevelCalibrationTest {
    private static final int PICTURES = 400;

    private final double[] mos = new double[PICTURES];
    private final double[] drawnIn = new double[PICTURES];

    LevelCalibrationTest() {
        Random random = new Random(5);
        for (int i = 0; i < PICTURES; i++) {
            mos[i] = Math.min(5, Math.max(1, 3 + random.nextGaussian()));
            drawnIn[i] = 2.5 + 0.4 * (mos[i] - 3) + 0.3 * random.nextGaussian();
        }
    }

    @Test
    void withoutALimitScoresSpreadAsRatingsDo() {
        double[] scores = scores(LevelCalibration.fit(drawnIn, mos, 10));
        assertThat(mean(scores)).isCloseTo(mean(mos), within(0.02));
        assertThat(deviation(scores)).isCloseTo(deviation(mos), within(0.03));
        assertThat(Arrays.stream(scores).max().orElseThrow()).isGreaterThan(4.7);
        assertThat(Arrays.stream(scores).min().orElseThrow()).isLessThan(1.3);
    }

    @Test
    void theErrorStaysWithinItsAllowance() {
        double least = error(scores(LevelCalibration.fit(drawnIn, mos, 0)));
        double allowed = error(scores(LevelCalibration.fit(drawnIn, mos, 0.02)));
        double free = error(scores(LevelCalibration.fit(drawnIn, mos, 10)));
        assertThat(allowed).isLessThan(1.03 * least).isGreaterThan(least);
        assertThat(free).isGreaterThan(allowed);
    }

    @Test
    void orderStays() {
        LevelCalibration calibration = LevelCalibration.fit(drawnIn, mos, 0.05);
        assertThat(calibration.factor()).isPositive();
        double[] sorted = drawnIn.clone();
        Arrays.sort(sorted);
        double[] scores = scores(calibration, sorted);
        for (int i = 1; i < scores.length; i++) {
            assertThat(scores[i]).isGreaterThanOrEqualTo(scores[i - 1]);
        }
    }

    private double[] scores(LevelCalibration calibration) {
        return scores(calibration, drawnIn);
    }

    private static double[] scores(LevelCalibration c, double[] u) {
        return Arrays.stream(u)
                .map(one -> ScoreHead.score(c.factor() * one + c.offset(), c.spread()))
                .toArray();
    }

    private double error(double[] scores) {
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            sum += (scores[i] - mos[i]) * (scores[i] - mos[i]);
        }
        return Math.sqrt(sum / scores.length);
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double deviation(double[] values) {
        double mean = mean(values);
        return Math.sqrt(Arrays.stream(values)
                .map(v -> (v - mean) * (v - mean))
                .average()
                .orElseThrow());
    }
}
