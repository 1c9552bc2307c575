package org.loupe.report;

import org.loupe.evaluation.Interval;

/** A figure with its interval on a short line, to be read beside the numbers: where it lies and how sure that is. */
final class IntervalBar {
    private static final double WIDTH = 160;

    private IntervalBar() {}

    /**
     * @param low left end of the line
     * @param high right end
     */
    static Markup draw(double value, Interval ci95, double low, double high) {
        Axis x = new Axis(low, high, 4, WIDTH - 4);
        Markup svg = new Markup();
        // the numbers stand beside it: nothing new for who cannot see it
        svg.open(
                "svg",
                "viewBox",
                "0 0 160 16",
                "preserveAspectRatio",
                "xMinYMid",
                "class",
                "interval",
                "aria-hidden",
                "true");
        svg.leaf("line", "class", "grid", "x1", x.from(), "x2", x.to(), "y1", 8, "y2", 8);
        if (Double.isFinite(value) && Double.isFinite(ci95.low())) {
            svg.leaf("line", "class", "span", "x1", clip(x, ci95.low()), "x2", clip(x, ci95.high()), "y1", 8, "y2", 8);
            svg.leaf("circle", "class", "dot", "cx", clip(x, value), "cy", 8, "r", 4);
        }
        return svg.close();
    }

    private static double clip(Axis x, double value) {
        return x.at(Math.min(x.high(), Math.max(x.low(), value)));
    }
}
