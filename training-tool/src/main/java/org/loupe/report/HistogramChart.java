package org.loupe.report;

import java.util.Arrays;

/** How many pictures people rated how: sixteen bars from 1 to 5. */
final class HistogramChart {
    private static final int BARS = 16;
    private static final double HEIGHT = 170;

    private HistogramChart() {}

    /** @param ratings 1..5 */
    static Markup draw(double[] ratings, String description) {
        int[] counts = new int[BARS];
        for (double rating : ratings) {
            counts[Math.min(BARS - 1, Math.max(0, (int) ((rating - 1) / 4 * BARS)))]++;
        }
        int most = Math.max(1, Arrays.stream(counts).max().orElse(1));
        Axis x = new Axis(1, 5, Plot.LEFT, Plot.WIDTH - Plot.RIGHT);
        Axis y = Axis.around(0, most, 3, HEIGHT - 26, Plot.TOP);
        Plot plot = new Plot(HEIGHT, x, y, "histogram", description);
        plot.rows(3, false).columns(4, false, false);
        double width = (x.to() - x.from()) / BARS;
        for (int i = 0; i < BARS; i++) {
            if (counts[i] > 0) {
                double top = plot.y(counts[i]);
                plot.svg()
                        .open(
                                "rect",
                                "class",
                                "bar",
                                "x",
                                x.from() + i * width + 1,
                                "y",
                                top,
                                "width",
                                width - 2,
                                "height",
                                y.from() - top)
                        .element(
                                "title",
                                Words.number(1 + i / 4.0, 2) + " to " + Words.number(1 + (i + 1) / 4.0, 2) + ": "
                                        + Words.pictures(counts[i]))
                        .close();
            }
        }
        return plot.finish();
    }
}
