package org.loupe.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Expected figures were computed with SciPy 1.17.1: stats.spearmanr, pearsonr, kendalltau (tau-b) and bootstrap (percentile, paired). */
class AgreementTest {
    private static final double[] X = {2.1, 3.4, 3.4, 1.2, 4.9, 2.8, 3.0, 3.4, 4.1, 1.9, 2.2, 4.4};
    private static final double[] Y = {1.8, 3.1, 3.6, 1.5, 4.4, 3.1, 2.5, 3.1, 4.6, 2.4, 1.5, 4.4};

    @Test
    void agreesWithScipyOnTwelveItemsWithTies() {
        Agreement a = Agreement.of(X, Y);
        assertThat(a.n()).isEqualTo(12);
        assertThat(a.srcc()).isCloseTo(0.9110377973979679, within(1e-12));
        assertThat(a.plcc()).isCloseTo(0.9275271356161103, within(1e-12));
        assertThat(a.krcc()).isCloseTo(0.758163138976796, within(1e-12));
        assertThat(a.rmse()).isCloseTo(0.4062019202317981, within(1e-12));
    }

    @Test
    void agreesWithScipyOnFiveHundredItemsWithManyTies() {
        double[][] ab = fiveHundred();
        Agreement a = Agreement.of(ab[0], ab[1]);
        assertThat(a.srcc()).isCloseTo(0.701695753823574, within(1e-12));
        assertThat(a.plcc()).isCloseTo(0.7087845393552757, within(1e-12));
        assertThat(a.krcc()).isCloseTo(0.5065335650543501, within(1e-12));
        assertThat(a.rmse()).isCloseTo(0.814762787564577, within(1e-12));
    }

    @Test
    void givesMeanRanksToTies() {
        assertThat(Agreement.ranks(new double[] {3, 1, 3, 2})).containsExactly(3.5, 1, 3.5, 2);
    }

    @Test
    void countsPairsAsTheDefinitionSays() {
        double[] x = {1, 2, 2, 3, 5, 4, 4};
        double[] y = {2, 1, 3, 3, 4, 4, 2};
        int concordant = 0;
        int discordant = 0;
        int tiedX = 0;
        int tiedY = 0;
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < i; j++) {
                double sign = Math.signum(x[i] - x[j]) * Math.signum(y[i] - y[j]);
                concordant += sign > 0 ? 1 : 0;
                discordant += sign < 0 ? 1 : 0;
                tiedX += x[i] == x[j] ? 1 : 0;
                tiedY += y[i] == y[j] ? 1 : 0;
            }
        }
        double pairs = x.length * (x.length - 1) / 2.0;
        double expected = (concordant - discordant) / Math.sqrt((pairs - tiedX) * (pairs - tiedY));
        assertThat(Agreement.krcc(x, y)).isCloseTo(expected, within(1e-12));
    }

    @Test
    void hasNoCorrelationWhereOneSideIsConstantOrAlone() {
        Agreement constant = Agreement.of(new double[] {2, 2, 2}, new double[] {1, 2, 3});
        assertThat(constant.srcc()).isNaN();
        assertThat(constant.plcc()).isNaN();
        assertThat(constant.krcc()).isNaN();
        assertThat(constant.rmse()).isCloseTo(Math.sqrt(2 / 3.0), within(1e-12));
        assertThat(Agreement.of(new double[] {2}, new double[] {3}).srcc()).isNaN();
    }

    @Test
    void bootstrapIntervalsLieWhereScipysLie() {
        double[][] ab = fiveHundred();
        Intervals intervals = Intervals.bootstrap(ab[0], ab[1], 4000, 11);
        // SciPy with 20,000 resamples; two different sets of resamples differ by a few thousandths at the ends
        assertThat(intervals.plcc().low()).isCloseTo(0.6707298267672133, within(0.004));
        assertThat(intervals.plcc().high()).isCloseTo(0.7438906769080356, within(0.004));
        assertThat(intervals.rmse().low()).isCloseTo(0.7716343790905095, within(0.004));
        assertThat(intervals.rmse().high()).isCloseTo(0.8566349222381604, within(0.004));
    }

    @Test
    void sameSeedGivesSameIntervals() {
        assertThat(Intervals.bootstrap(X, Y, 200, 5)).isEqualTo(Intervals.bootstrap(X, Y, 200, 5));
        assertThat(Intervals.bootstrap(X, Y, 200, 5)).isNotEqualTo(Intervals.bootstrap(X, Y, 200, 6));
    }

    /** 500 pairs by modular arithmetic, rounded so that ties abound; the same formula was given to SciPy. */
    private static double[][] fiveHundred() {
        double[] a = new double[500];
        double[] b = new double[500];
        for (int i = 0; i < 500; i++) {
            a[i] = Math.rint((i * 7919L % 1009) / 1009.0 * 4 * 10 + 10) / 10;
            b[i] = Math.rint((a[i] * 0.5 + ((i * 104729L % 997) / 997.0 * 4 + 1) * 0.5) * 100) / 100;
        }
        return new double[][] {a, b};
    }
}
