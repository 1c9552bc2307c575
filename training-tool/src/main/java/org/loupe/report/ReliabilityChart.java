package org.loupe.report;

import java.util.List;
import org.loupe.evaluation.Calibration;

/** How often people chose a level against how probable the model called it. */
final class ReliabilityChart {
    private static final double HEIGHT = 400;

    private ReliabilityChart() {}

    static Markup draw(Calibration calibration, String description) {
        Axis x = new Axis(0, 1, Plot.LEFT + 14, Plot.WIDTH - Plot.RIGHT);
        Axis y = new Axis(0, 1, HEIGHT - Plot.BOTTOM, Plot.TOP);
        Plot plot = new Plot(HEIGHT, x, y, "reliability", description);
        plot.rows(5, true).columns(5, true, true).titles("Probability the model gave", "Share where people agreed");
        plot.diagonal(0, 1);
        List<Calibration.Bin> bins = calibration.bins();
        StringBuilder line = new StringBuilder();
        bins.forEach(bin -> line.append(line.isEmpty() ? "M" : "L")
                .append(Markup.number(plot.x(bin.probability())))
                .append(' ')
                .append(Markup.number(plot.y(bin.chosen()))));
        plot.svg().leaf("path", "class", "line c1", "d", line.toString());
        double most = bins.stream().mapToInt(Calibration.Bin::n).max().orElse(1);
        for (Calibration.Bin bin : bins) {
            plot.svg()
                    .open(
                            "circle",
                            "class",
                            "dot",
                            "cx",
                            plot.x(bin.probability()),
                            "cy",
                            plot.y(bin.chosen()),
                            "r",
                            3 + 8 * Math.sqrt(bin.n() / most))
                    .element(
                            "title",
                            "given " + Words.percent(bin.probability()) + ", chosen " + Words.percent(bin.chosen())
                                    + " (" + Words.count(bin.n()) + " times)")
                    .close();
        }
        return plot.finish();
    }
}
