package org.loupe.report;

import java.util.Arrays;
import org.loupe.evaluation.LevelConfusion;
import org.loupe.score.Level;

/** Rated against predicted levels as a heat map; each row adds up to what people put into that level. */
final class ConfusionChart {
    private static final double LEFT = 78;
    private static final double TOP = 52;
    private static final double CELL_WIDTH = 63;
    private static final double CELL_HEIGHT = 54;
    /** Above this share the cell is so strong that its letters must take the paper's colour. */
    private static final double STRONG = 0.62;

    private ConfusionChart() {}

    static Markup draw(LevelConfusion confusion, String description) {
        int[][] counts = confusion.counts();
        int levels = counts.length;
        Markup svg = new Markup();
        double height = TOP + levels * CELL_HEIGHT + 8;
        svg.open(
                "svg",
                "viewBox",
                "0 0 400 " + Markup.number(height),
                "class",
                "chart confusion",
                "role",
                "img",
                "aria-label",
                description);
        double centre = LEFT + levels * CELL_WIDTH / 2;
        svg.element("text", "Model said", "class", "title", "x", centre, "y", 14, "text-anchor", "middle");
        svg.element("text", "People said", "class", "title", "x", 4, "y", 14);
        for (int i = 0; i < levels; i++) {
            String word = Level.ofRank(i).id();
            double column = LEFT + (i + 0.5) * CELL_WIDTH;
            double row = TOP + (i + 0.5) * CELL_HEIGHT + 4;
            svg.element("text", word, "class", "tick", "x", column, "y", TOP - 12, "text-anchor", "middle");
            svg.element("text", word, "class", "tick", "x", LEFT - 10, "y", row, "text-anchor", "end");
        }
        for (int rated = 0; rated < levels; rated++) {
            int all = Arrays.stream(counts[rated]).sum();
            for (int predicted = 0; predicted < levels; predicted++) {
                cell(svg, rated, predicted, counts[rated][predicted], all);
            }
        }
        return svg.close();
    }

    private static void cell(Markup svg, int rated, int predicted, int count, int all) {
        double share = all == 0 ? 0 : (double) count / all;
        double x = LEFT + predicted * CELL_WIDTH;
        double y = TOP + rated * CELL_HEIGHT;
        svg.leaf("rect", "class", "cell", "x", x + 1, "y", y + 1, "width", CELL_WIDTH - 2, "height", CELL_HEIGHT - 2);
        svg.open(
                        "rect",
                        "class",
                        rated == predicted ? "heat same" : "heat",
                        "x",
                        x + 1,
                        "y",
                        y + 1,
                        "width",
                        CELL_WIDTH - 2,
                        "height",
                        CELL_HEIGHT - 2,
                        "fill-opacity",
                        share)
                .element(
                        "title",
                        Words.pictures(count) + " rated " + Level.ofRank(rated).id() + ", judged "
                                + Level.ofRank(predicted).id())
                .close();
        String tone = share > STRONG ? " strong" : count == 0 ? " none" : "";
        double centre = x + CELL_WIDTH / 2;
        double middle = y + CELL_HEIGHT / 2;
        if (count == 0) {
            svg.element("text", "·", "class", "share" + tone, "x", centre, "y", middle + 4, "text-anchor", "middle");
            return;
        }
        svg.element(
                "text",
                Words.percent(share),
                "class",
                "share" + tone,
                "x",
                centre,
                "y",
                middle + 1,
                "text-anchor",
                "middle");
        svg.element(
                "text",
                Words.count(count),
                "class",
                "count" + tone,
                "x",
                centre,
                "y",
                middle + 16,
                "text-anchor",
                "middle");
    }
}
