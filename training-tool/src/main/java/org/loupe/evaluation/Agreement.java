package org.loupe.evaluation;

import java.util.Arrays;

/**
 * Agreement of predictions with ratings. The correlations are NaN where they are not defined: fewer than two items, or one side constant.
 *
 * @param n items
 * @param srcc Spearman rank correlation, ties get their mean rank
 * @param plcc Pearson linear correlation of the raw values, no fitted curve in between
 * @param krcc Kendall's tau-b
 * @param rmse root of the mean squared error, in the unit of the values
 * @param plccLogistic Pearson correlation after a fitted logistic curve of four parameters, as most publications state it; NaN where none
 *     can be fitted
 * @param rmseLogistic root of the mean squared error after the same curve; NaN likewise
 */
public record Agreement(
        int n, double srcc, double plcc, double krcc, double rmse, double plccLogistic, double rmseLogistic) {
    /**
     * @param predicted one finite value per item
     * @param rated likewise, same order
     */
    public static Agreement of(double[] predicted, double[] rated) {
        check(predicted, rated);
        LogisticFit fit = LogisticFit.of(predicted, rated);
        double[] fitted = fit == null ? new double[0] : fit.at(predicted);
        return new Agreement(
                predicted.length,
                srcc(predicted, rated),
                plcc(predicted, rated),
                krcc(predicted, rated),
                rmse(predicted, rated),
                fit == null ? Double.NaN : plcc(fitted, rated),
                fit == null ? Double.NaN : rmse(fitted, rated));
    }

    public static double srcc(double[] x, double[] y) {
        return plcc(ranks(x), ranks(y));
    }

    public static double plcc(double[] x, double[] y) {
        check(x, y);
        double meanX = Arrays.stream(x).average().orElse(Double.NaN);
        double meanY = Arrays.stream(y).average().orElse(Double.NaN);
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            double dx = x[i] - meanX;
            double dy = y[i] - meanY;
            xy += dx * dy;
            xx += dx * dx;
            yy += dy * dy;
        }
        return xy / Math.sqrt(xx * yy); // 0/0 is the NaN we promise
    }

    public static double rmse(double[] x, double[] y) {
        check(x, y);
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += (x[i] - y[i]) * (x[i] - y[i]);
        }
        return Math.sqrt(sum / x.length);
    }

    /**
     * Tau-b in O(n log n): with the items in order of x, the discordant pairs are the exchanges a merge sort by y makes.
     *
     * @see <a href="https://doi.org/10.1080/01621459.1966.10480879">Knight 1966, A computer method for calculating Kendall's tau</a>
     */
    public static double krcc(double[] x, double[] y) {
        check(x, y);
        int n = x.length;
        int[] order = order(n, (a, b) -> {
            int byX = Double.compare(x[a], x[b]);
            return byX != 0 ? byX : Double.compare(y[a], y[b]);
        });
        double[] yInOrder = new double[n];
        long tiedX = 0;
        long tiedBoth = 0;
        int runX = 0;
        int runBoth = 0;
        for (int i = 0; i < n; i++) {
            yInOrder[i] = y[order[i]];
            boolean sameX = i > 0 && x[order[i]] == x[order[i - 1]];
            runX = sameX ? runX + 1 : 0;
            runBoth = sameX && yInOrder[i] == yInOrder[i - 1] ? runBoth + 1 : 0;
            tiedX += runX;
            tiedBoth += runBoth;
        }
        long discordant = exchanges(yInOrder, new double[n], 0, n); // sorts yInOrder
        long tiedY = 0;
        int runY = 0;
        for (int i = 1; i < n; i++) {
            runY = yInOrder[i] == yInOrder[i - 1] ? runY + 1 : 0;
            tiedY += runY;
        }
        long pairs = (long) n * (n - 1) / 2;
        double numerator = pairs - tiedX - tiedY + tiedBoth - 2.0 * discordant;
        return numerator / Math.sqrt((double) (pairs - tiedX) * (pairs - tiedY));
    }

    /** @return ranks from 1, items of equal value share the mean of the ranks they take */
    static double[] ranks(double[] values) {
        int n = values.length;
        int[] order = order(n, (a, b) -> Double.compare(values[a], values[b]));
        double[] ranks = new double[n];
        for (int from = 0, to; from < n; from = to) {
            to = from + 1;
            while (to < n && values[order[to]] == values[order[from]]) {
                to++;
            }
            double mean = (from + 1 + to) / 2.0;
            for (int i = from; i < to; i++) {
                ranks[order[i]] = mean;
            }
        }
        return ranks;
    }

    private static int[] order(int n, java.util.Comparator<Integer> comparator) {
        Integer[] order = new Integer[n];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, comparator);
        return Arrays.stream(order).mapToInt(Integer::intValue).toArray();
    }

    private static long exchanges(double[] values, double[] buffer, int from, int to) {
        if (to - from < 2) {
            return 0;
        }
        int middle = (from + to) >>> 1;
        long count = exchanges(values, buffer, from, middle) + exchanges(values, buffer, middle, to);
        int left = from;
        int right = middle;
        for (int i = from; i < to; i++) {
            if (right >= to || (left < middle && values[left] <= values[right])) {
                buffer[i] = values[left++];
            } else {
                buffer[i] = values[right++];
                count += middle - left;
            }
        }
        System.arraycopy(buffer, from, values, from, to - from);
        return count;
    }

    private static void check(double[] x, double[] y) {
        if (x.length != y.length) {
            throw new IllegalArgumentException(x.length + " predictions for " + y.length + " ratings");
        }
    }
}
