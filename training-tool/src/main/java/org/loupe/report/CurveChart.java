package org.loupe.report;

import java.util.Arrays;
import java.util.List;

/** What changed over the steps of a training: loss, learning rate or how well the model agreed with people. */
final class CurveChart {
    private static final double HEIGHT = 250;
    /** Lines of more than that many points are shown pale, under their moving mean. */
    private static final int SMOOTH_FROM = 60;

    private CurveChart() {}

    /** @param series at least one with a point, at most six: as many colours as can be told apart */
    static Markup draw(List<Series> series, String beside, String description) {
        double least = extreme(series, false);
        double most = extreme(series, true);
        double end =
                series.stream().mapToDouble(s -> s.steps()[s.size() - 1]).max().orElse(1);
        Axis x = new Axis(0, Math.max(1, end), Plot.LEFT + 6, Plot.WIDTH - Plot.RIGHT);
        Axis y = Axis.around(least, most, 4, HEIGHT - Plot.BOTTOM, Plot.TOP);
        Plot plot = new Plot(HEIGHT, x, y, "curves", description);
        plot.rows(4, false).columns(4, false, false).titles("Step", beside);
        for (int i = 0; i < series.size(); i++) {
            Series drawn = series.get(i).thinned();
            String colour = "c" + (i + 1);
            if (drawn.size() > SMOOTH_FROM) {
                plot.svg().leaf("path", "class", "line pale " + colour, "d", path(plot, drawn));
                drawn = drawn.smoothed(drawn.size() / 40);
            }
            plot.svg().leaf("path", "class", "line " + colour, "d", path(plot, drawn));
            if (drawn.size() <= SMOOTH_FROM / 2) {
                dots(plot, drawn, colour);
            }
        }
        return plot.finish();
    }

    private static void dots(Plot plot, Series series, String colour) {
        for (int i = 0; i < series.size(); i++) {
            double value = series.values()[i];
            plot.svg()
                    .open(
                            "circle",
                            "class",
                            "mark " + colour,
                            "cx",
                            plot.x(series.steps()[i]),
                            "cy",
                            plot.y(value),
                            "r",
                            2.6)
                    .element(
                            "title",
                            series.name() + ", step " + Words.count(Math.round(series.steps()[i])) + ": "
                                    + Words.number(value, 4))
                    .close();
        }
    }

    private static String path(Plot plot, Series series) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < series.size(); i++) {
            path.append(i == 0 ? 'M' : 'L')
                    .append(Markup.number(plot.x(series.steps()[i])))
                    .append(' ')
                    .append(Markup.number(plot.y(series.values()[i])));
        }
        return path.toString();
    }

    private static double extreme(List<Series> series, boolean most) {
        var values =
                series.stream().flatMapToDouble(s -> Arrays.stream(s.thinned().values()));
        return (most ? values.max() : values.min()).orElse(0);
    }
}
