package org.loupe.report;

import java.util.List;

/**
 * One line of a chart over the steps of a training.
 *
 * @param name for the reader
 * @param steps rising
 * @param values one for each step, finite
 */
record Series(String name, double[] steps, double[] values) {
    /** Beyond this a line only gets heavier, not finer. */
    private static final int MOST_POINTS = 400;

    int size() {
        return steps.length;
    }

    /** @return itself, or the means of neighbouring points where there are too many to draw */
    Series thinned() {
        if (size() <= MOST_POINTS) {
            return this;
        }
        double[] x = new double[MOST_POINTS];
        double[] y = new double[MOST_POINTS];
        for (int i = 0; i < MOST_POINTS; i++) {
            int from = (int) ((long) i * size() / MOST_POINTS);
            int to = (int) ((long) (i + 1) * size() / MOST_POINTS);
            for (int j = from; j < to; j++) {
                x[i] += steps[j] / (to - from);
                y[i] += values[j] / (to - from);
            }
        }
        return new Series(name, x, y);
    }

    /** @return the mean of each value and its neighbours, so many to each side as there are */
    Series smoothed(int reach) {
        double[] y = new double[size()];
        for (int i = 0; i < y.length; i++) {
            int own = Math.min(reach, Math.min(i, y.length - 1 - i));
            for (int j = i - own; j <= i + own; j++) {
                y[i] += values[j] / (2 * own + 1);
            }
        }
        return new Series(name, steps, y);
    }

    static Series of(String name, List<double[]> points) {
        return new Series(
                name,
                points.stream().mapToDouble(p -> p[0]).toArray(),
                points.stream().mapToDouble(p -> p[1]).toArray());
    }
}
