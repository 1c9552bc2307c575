package org.loupe.report;

import java.util.Locale;

/**
 * The frame most charts share: grid, ticks and axis titles, and the drawing they belong to. Drawings are 400 units wide, about as many
 * pixels as a telephone gives them, so that their letters stay readable there.
 */
final class Plot {
    static final double WIDTH = 400;
    static final double LEFT = 44;
    static final double RIGHT = 12;
    static final double TOP = 10;
    static final double BOTTOM = 42;

    private final Markup svg = new Markup();
    private final Axis x;
    private final Axis y;

    /**
     * @param height of the whole drawing
     * @param description what a person who cannot see the chart should know
     */
    Plot(double height, Axis x, Axis y, String kind, String description) {
        this.x = x;
        this.y = y;
        svg.open(
                "svg",
                "viewBox",
                "0 0 " + Markup.number(WIDTH) + " " + Markup.number(height),
                "class",
                "chart " + kind,
                "role",
                "img",
                "aria-label",
                description);
    }

    Markup svg() {
        return svg;
    }

    double x(double value) {
        return x.at(value);
    }

    double y(double value) {
        return y.at(value);
    }

    /** Horizontal grid lines with their values on the left. */
    Plot rows(int about, boolean percent) {
        for (double tick : y.ticks(about)) {
            svg.leaf("line", "class", "grid", "x1", x.from(), "x2", x.to(), "y1", y(tick), "y2", y(tick));
            label(x.from() - 7, y(tick) + 4, "end", tick(tick, y.decimals(about), percent));
        }
        return this;
    }

    /** Vertical grid lines with their values below. */
    Plot columns(int about, boolean percent, boolean lines) {
        for (double tick : x.ticks(about)) {
            if (lines) {
                svg.leaf("line", "class", "grid", "x1", x(tick), "x2", x(tick), "y1", y.from(), "y2", y.to());
            }
            label(x(tick), y.from() + 17, "middle", tick(tick, x.decimals(about), percent));
        }
        return this;
    }

    Plot titles(String below, String beside) {
        double middle = (x.from() + x.to()) / 2;
        svg.element("text", below, "class", "title", "x", middle, "y", y.from() + 36, "text-anchor", "middle");
        double centre = (y.from() + y.to()) / 2;
        svg.element(
                "text",
                beside,
                "class",
                "title",
                "transform",
                "translate(12 " + Markup.number(centre) + ") rotate(-90)",
                "text-anchor",
                "middle");
        return this;
    }

    void label(double atX, double atY, String anchor, String text) {
        svg.element("text", text, "class", "tick", "x", atX, "y", atY, "text-anchor", anchor);
    }

    /** From corner to corner: where both axes say the same. */
    void diagonal(double low, double high) {
        svg.leaf("line", "class", "diagonal", "x1", x(low), "y1", y(low), "x2", x(high), "y2", y(high));
    }

    Markup finish() {
        return svg.close();
    }

    private static String tick(double value, int decimals, boolean percent) {
        if (percent) {
            return Math.round(100 * value) + "%";
        }
        boolean tiny = value != 0 && Math.abs(value) < 0.001;
        return tiny
                ? String.format(Locale.ROOT, "%.0e", value).replace("e-0", "e-").replace('-', '−')
                : Math.abs(value) >= 10_000
                        ? Words.number(value / 1000, value % 1000 == 0 ? 0 : 1) + "k"
                        : Words.number(value, decimals);
    }
}
