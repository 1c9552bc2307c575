package org.loupe.evaluation;

import java.util.Arrays;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.linear.RealVector;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LeastSquaresBuilder;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LevenbergMarquardtOptimizer;
import org.hipparchus.util.Pair;
import org.jspecify.annotations.Nullable;

/**
 * The monotonic curve through which predictions are looked at before they are correlated with ratings, because a model may use another
 * stretch of the scale than people do: {@code (top - bottom) / (1 + exp(-(x - middle) / width)) + bottom}, fitted by least squares.
 *
 * @param top value it rises to
 * @param bottom value it starts from
 * @param middle prediction half way
 * @param width positive; the smaller, the steeper
 * @see <a href="https://www.vqeg.org/projects/frtv-phase-i/">VQEG, final report on the validation of objective models of video quality</a>
 */
record LogisticFit(double top, double bottom, double middle, double width) {
    private static final int MOST_STEPS = 1000;
    /** Ratings that lie on a line, or bend one way only, draw an end of the curve ever farther off and gain ever less: far enough. */
    private static final double LEAST_GAIN = 1e-9;
    /** A curve of four numbers through fewer points is no fit. */
    private static final int FEWEST_ITEMS = 5;

    /**
     * @param predicted one finite value per item
     * @param rated likewise, same order
     * @return null where nothing can be fitted: fewer than five items, one side constant, or no convergence
     */
    static @Nullable LogisticFit of(double[] predicted, double[] rated) {
        double spread = deviation(predicted);
        if (predicted.length < FEWEST_ITEMS || !(spread > 0) || !(deviation(rated) > 0)) {
            return null;
        }
        // the usual start: from the lowest to the highest rating, half way at the mean prediction
        double[] start = {
            Arrays.stream(rated).max().orElseThrow(),
            Arrays.stream(rated).min().orElseThrow(),
            Arrays.stream(predicted).average().orElseThrow(),
            spread
        };
        try {
            RealVector found = new LevenbergMarquardtOptimizer()
                    .optimize(new LeastSquaresBuilder()
                            .start(start)
                            .target(rated)
                            .model(point -> curve(point, predicted))
                            .lazyEvaluation(false)
                            .checker((step, before, after) -> {
                                double cost = before.getCost();
                                return cost - after.getCost() <= LEAST_GAIN * cost;
                            })
                            .maxEvaluations(MOST_STEPS)
                            .maxIterations(MOST_STEPS)
                            .build())
                    .getPoint();
            return new LogisticFit(
                    found.getEntry(0), found.getEntry(1), found.getEntry(2), Math.abs(found.getEntry(3)));
        } catch (MathRuntimeException e) {
            return null; // the data do not bend like this curve
        }
    }

    /** @return the ratings the curve expects */
    double[] at(double[] predicted) {
        return Arrays.stream(predicted)
                .map(x -> bottom + (top - bottom) * rise((x - middle) / width))
                .toArray();
    }

    private static Pair<RealVector, RealMatrix> curve(RealVector point, double[] predicted) {
        double top = point.getEntry(0);
        double bottom = point.getEntry(1);
        double middle = point.getEntry(2);
        double width = point.getEntry(3);
        double sign = Math.signum(width);
        double[] values = new double[predicted.length];
        double[][] slopes = new double[predicted.length][];
        for (int i = 0; i < predicted.length; i++) {
            double z = (predicted[i] - middle) / Math.abs(width);
            double s = rise(z);
            double steepness = (top - bottom) * s * (1 - s) / Math.abs(width);
            values[i] = bottom + (top - bottom) * s;
            slopes[i] = new double[] {s, 1 - s, -steepness, -steepness * z * sign};
        }
        return new Pair<>(new ArrayRealVector(values, false), new Array2DRowRealMatrix(slopes, false));
    }

    private static double rise(double z) {
        return 1 / (1 + Math.exp(-z));
    }

    private static double deviation(double[] values) {
        double mean = Arrays.stream(values).average().orElse(Double.NaN);
        return Math.sqrt(Arrays.stream(values)
                .map(v -> (v - mean) * (v - mean))
                .average()
                .orElse(Double.NaN));
    }
}
