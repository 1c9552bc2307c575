package org.loupe.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Expected figures were computed with SciPy 1.17.1: optimize.curve_fit from the same start, then stats.pearsonr. */
class LogisticFitTest {
    @Test
    void findsTheCurveThatScipyFinds() {
        double[] x = new double[200];
        double[] y = new double[200];
        for (int i = 0; i < 200; i++) {
            x[i] = 1 + 4 * i / 199.0;
            y[i] = (4.6 - 1.4) / (1 + Math.exp(-(x[i] - 3.2) / 0.35)) + 1.4 + 0.2 * Math.sin(i * 1.7);
        }
        LogisticFit fit = LogisticFit.of(x, y);
        assertThat(fit).isNotNull().asInstanceOf(type(LogisticFit.class)).satisfies(found -> {
            assertThat(found.top()).isCloseTo(4.5951387812, within(1e-5));
            assertThat(found.bottom()).isCloseTo(1.4026497828, within(1e-5));
            assertThat(found.middle()).isCloseTo(3.1993107442, within(1e-5));
            assertThat(found.width()).isCloseTo(0.3483310239, within(1e-5));
        });
        Agreement a = Agreement.of(x, y);
        assertThat(a.plcc()).isCloseTo(0.957476714423587, within(1e-10));
        assertThat(a.plccLogistic()).isCloseTo(0.9939934057149633, within(1e-8));
        assertThat(a.rmseLogistic()).isCloseTo(0.14128047615333886, within(1e-8));
    }

    @Test
    void findsItInTwelveRealisticPairsToo() {
        double[] x = {2.1, 3.4, 3.4, 1.2, 4.9, 2.8, 3.0, 3.4, 4.1, 1.9, 2.2, 4.4};
        double[] y = {1.8, 3.1, 3.6, 1.5, 4.4, 3.1, 2.5, 3.1, 4.6, 2.4, 1.5, 4.4};
        Agreement a = Agreement.of(x, y);
        assertThat(a.plccLogistic()).isCloseTo(0.9461802428311374, within(1e-7));
        assertThat(a.rmseLogistic()).isCloseTo(0.3422536051891991, within(1e-7));
    }

    @Test
    void doesNotCareOnWhatScaleTheModelSpeaks() {
        double[] x = {2.1, 3.4, 3.3, 1.2, 4.9, 2.8, 3.0, 3.5, 4.1, 1.9, 2.2, 4.4};
        double[] y = {1.8, 3.1, 3.6, 1.5, 4.4, 3.1, 2.5, 3.1, 4.6, 2.4, 1.5, 4.4};
        double[] percent = Arrays.stream(x).map(v -> (v - 1) * 25).toArray();
        assertThat(Agreement.of(percent, y).plccLogistic())
                .isCloseTo(Agreement.of(x, y).plccLogistic(), within(1e-6));
    }

    @Test
    void ratingsThatBendOneWayOnlyOrNotAtAllHaveOneToo() {
        double[] x = new double[150];
        double[] straight = new double[150];
        double[] convex = new double[150];
        for (int i = 0; i < 150; i++) {
            x[i] = 2 + 2 * i / 149.0;
            double noise = 0.3 * Math.sin(i * 1.7);
            straight[i] = 1.5 + 0.8 * (x[i] - 2) + noise;
            convex[i] = 1.5 + 0.5 * (x[i] - 2) * (x[i] - 2) + noise;
        }
        for (double[] y : List.of(straight, convex)) {
            Agreement a = Agreement.of(x, y);
            assertThat(a.plccLogistic()).isGreaterThan(a.plcc() - 1e-4).isLessThan(0.95);
            assertThat(a.rmseLogistic()).isLessThan(0.22);
        }
        assertThat(Agreement.of(x, convex).plccLogistic())
                .isGreaterThan(Agreement.of(x, convex).plcc() + 0.005);
    }

    @Test
    void isNotDefinedForAHandfulOrAConstant() {
        assertThat(LogisticFit.of(new double[] {1, 2, 3, 4}, new double[] {1, 2, 3, 4}))
                .isNull();
        assertThat(LogisticFit.of(new double[] {2, 2, 2, 2, 2}, new double[] {1, 2, 3, 4, 5}))
                .isNull();
        assertThat(Agreement.of(new double[] {2, 2, 2, 2, 2}, new double[] {1, 2, 3, 4, 5})
                        .plccLogistic())
                .isNaN();
    }
}
