package org.loupe.dataset.check;

/**
 * How alike two pictures are when one may be a crop of the other: the highest correlation of the one with a window of the other, over
 * windows of at least {@value #SMALLEST} of each side. A quick search on a coarse grid, then the best window is moved until nothing gains.
 */
final class Alignment {
    /** Share of a side that a crop must leave; more is another composition. */
    static final double SMALLEST = 0.8;

    /** A window would find little more. */
    private static final double CERTAIN = 0.98;

    private static final double[] SIZES = {1, 0.95, 0.9, 0.85, SMALLEST};
    private static final int COARSE = 12;
    private static final int FINE = 24;
    private static final double[] STEPS = {0.03, 0.015, 0.0075};

    /** Grey values squared: what is darker and flatter than this is noise of the codec, and correlates with nothing. */
    private static final double NOISE_VARIANCE = 4;

    private Alignment() {}

    /**
     * @param left of the window, as a share of the width, and so on
     */
    private record Window(double left, double top, double right, double bottom) {
        static final Window WHOLE = new Window(0, 0, 1, 1);

        Window moved(int edge, double by) {
            return new Window(
                    edge == 0 ? left + by : left,
                    edge == 1 ? top + by : top,
                    edge == 2 ? right + by : right,
                    edge == 3 ? bottom + by : bottom);
        }

        boolean sound() {
            return left >= 0
                    && top >= 0
                    && right <= 1
                    && bottom <= 1
                    && right - left >= SMALLEST - 1e-9
                    && bottom - top >= SMALLEST - 1e-9;
        }
    }

    /** @return correlation of the best window, -1..1; the same whichever picture comes first */
    static double similarity(Thumbnail a, Thumbnail b) {
        double whole = correlation(sample(a, Window.WHOLE, FINE), sample(b, Window.WHOLE, FINE));
        if (whole >= CERTAIN) {
            return whole;
        }
        return Math.max(whole, Math.max(ofWindow(a, b), ofWindow(b, a)));
    }

    private static double ofWindow(Thumbnail larger, Thumbnail crop) {
        double[] coarse = sample(crop, Window.WHOLE, COARSE);
        Window best = Window.WHOLE;
        double highest = -1;
        for (double width : SIZES) {
            for (double height : SIZES) {
                for (int column = 0; column <= (width < 1 ? 2 : 0); column++) {
                    for (int row = 0; row <= (height < 1 ? 2 : 0); row++) {
                        double left = (1 - width) * column / 2;
                        double top = (1 - height) * row / 2;
                        Window window = new Window(left, top, left + width, top + height);
                        double found = correlation(sample(larger, window, COARSE), coarse);
                        if (found > highest) {
                            highest = found;
                            best = window;
                        }
                    }
                }
            }
        }
        return refined(larger, best, sample(crop, Window.WHOLE, FINE));
    }

    private static double refined(Thumbnail larger, Window start, double[] crop) {
        Window best = start;
        double highest = correlation(sample(larger, best, FINE), crop);
        for (double step : STEPS) {
            boolean gained = true;
            while (gained) { // ends: each round gains, and windows of one step are few
                gained = false;
                for (int edge = 0; edge < 4; edge++) {
                    for (double by : new double[] {-step, step}) {
                        Window moved = best.moved(edge, by);
                        double found = moved.sound() ? correlation(sample(larger, moved, FINE), crop) : -1;
                        if (found > highest + 1e-6) {
                            highest = found;
                            best = moved;
                            gained = true;
                        }
                    }
                }
            }
        }
        return highest;
    }

    private static double[] sample(Thumbnail picture, Window window, int side) {
        double[] values = new double[side * side];
        double perColumn = (window.right - window.left) / side * Thumbnail.SIDE;
        double perRow = (window.bottom - window.top) / side * Thumbnail.SIDE;
        double x0 = window.left * Thumbnail.SIDE - 0.5;
        double y0 = window.top * Thumbnail.SIDE - 0.5;
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                values[y * side + x] = picture.at(x0 + (x + 0.5) * perColumn, y0 + (y + 0.5) * perRow);
            }
        }
        return values;
    }

    private static double correlation(double[] a, double[] b) {
        double meanA = 0;
        double meanB = 0;
        for (int i = 0; i < a.length; i++) {
            meanA += a[i] / a.length;
            meanB += b[i] / a.length;
        }
        double ab = 0;
        double aa = NOISE_VARIANCE * a.length;
        double bb = aa;
        for (int i = 0; i < a.length; i++) {
            ab += (a[i] - meanA) * (b[i] - meanB);
            aa += (a[i] - meanA) * (a[i] - meanA);
            bb += (b[i] - meanB) * (b[i] - meanB);
        }
        return ab / Math.sqrt(aa * bb);
    }
}
