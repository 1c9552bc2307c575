package org.loupe.training.score;

import java.util.Arrays;
import org.loupe.evaluation.Agreement;
import org.loupe.export.small.ScoreHead;
import org.loupe.export.small.SmallModel;
import org.loupe.training.objective.LevelScale;

/**
 * From what a head says to scores that use the scale as people do. A regression draws its answers to the middle. Here they are stretched,
 * which never changes their order, towards the deviation of the ratings, as far as the error allows; the spread of the levels is the one under
 * which the ratings, shared between their two neighbouring levels, are most likely. To be fitted on predictions of held-out pictures only.
 *
 * @param factor of u
 * @param offset added afterwards
 * @param spread of the levels
 */
record LevelCalibration(double factor, double offset, double spread) {
    /** Says what the head says. */
    static final LevelCalibration NONE = new LevelCalibration(1, 0, 0.7);

    private static final LevelScale SCALE = LevelScale.equidistant(SmallModel.LEVELS);
    private static final double[] SPREADS = {0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2};
    private static final int CORRECTIONS = 25;
    private static final int HALVINGS = 8;

    /** @return the same head, calibrated */
    ScoreHead applied(ScoreHead head) {
        return head.mapped(factor, offset, spread);
    }

    /**
     * @param u what heads said of pictures they had not seen
     * @param mos what people said
     * @param allowance by what share the error may exceed that of the stretch with the least error
     */
    static LevelCalibration fit(double[] u, double[] mos, double allowance) {
        LevelCalibration best = NONE;
        double least = Double.POSITIVE_INFINITY;
        for (double spread : SPREADS) {
            LevelCalibration stretched = stretched(u, mos, spread, allowance);
            double loss = 0;
            for (int i = 0; i < u.length; i++) {
                double[] p = ScoreHead.levels(stretched.factor * u[i] + stretched.offset, spread);
                float[] target = SCALE.twoLevels(mos[i]);
                for (int l = 0; l < p.length; l++) {
                    loss -= target[l] * Math.log(Math.max(p[l], 1e-12));
                }
            }
            if (loss < least) {
                least = loss;
                best = stretched;
            }
        }
        return best;
    }

    /** Between the deviation with the least error, correlation times that of the ratings, and the ratings' own. */
    private static LevelCalibration stretched(double[] u, double[] mos, double spread, double allowance) {
        double plcc = Agreement.plcc(u, mos);
        double correlation = plcc > 0.1 ? plcc : 0.1; // also where one of them is constant and nothing correlates
        double allowed = (1 + allowance) * error(reaching(u, mos, spread, correlation), u, mos);
        LevelCalibration whole = reaching(u, mos, spread, 1);
        if (error(whole, u, mos) <= allowed) {
            return whole;
        }
        double within = correlation;
        double beyond = 1;
        for (int i = 0; i < HALVINGS; i++) {
            double middle = (within + beyond) / 2;
            if (error(reaching(u, mos, spread, middle), u, mos) <= allowed) {
                within = middle;
            } else {
                beyond = middle;
            }
        }
        return reaching(u, mos, spread, within);
    }

    /** Scores saturate at the ends, so factor and offset are found by repeated correction. */
    private static LevelCalibration reaching(double[] u, double[] mos, double spread, double share) {
        double wantedMean = mean(mos);
        double wantedSd = share * deviation(mos);
        double middleOfU = mean(u);
        double factor = wantedSd / Math.max(deviation(u), 1e-6);
        double offset = wantedMean - factor * middleOfU;
        for (int round = 0; round < CORRECTIONS; round++) {
            double[] scores = scores(new LevelCalibration(factor, offset, spread), u);
            double middle = factor * middleOfU + offset + wantedMean - mean(scores);
            // damped: near the ends a larger factor moves scores less than it says
            factor *= Math.pow(wantedSd / Math.max(deviation(scores), 1e-6), 0.7);
            offset = middle - factor * middleOfU;
        }
        return new LevelCalibration(factor, offset, spread);
    }

    private static double error(LevelCalibration calibration, double[] u, double[] mos) {
        return Agreement.rmse(scores(calibration, u), mos);
    }

    private static double[] scores(LevelCalibration calibration, double[] u) {
        return Arrays.stream(u)
                .map(one -> ScoreHead.score(calibration.factor * one + calibration.offset, calibration.spread))
                .toArray();
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
