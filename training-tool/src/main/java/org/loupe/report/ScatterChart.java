package org.loupe.report;

import java.util.ArrayList;
import java.util.List;

/** Predicted against rated, one point a picture, with the diagonal of perfect agreement. */
final class ScatterChart {
    private static final double HEIGHT = 400;
    /** More would weigh a megabyte and show nothing that fewer do not. */
    private static final int MOST_POINTS = 4000;

    private ScatterChart() {}

    /** @return all, or evenly chosen ones where there are too many to draw */
    static List<Prediction> drawn(List<Prediction> predictions) {
        if (predictions.size() <= MOST_POINTS) {
            return predictions;
        }
        List<Prediction> chosen = new ArrayList<>();
        for (int i = 0; i < MOST_POINTS; i++) {
            chosen.add(predictions.get((int) ((long) i * predictions.size() / MOST_POINTS)));
        }
        return chosen;
    }

    static Markup draw(List<Prediction> predictions, Thumbnails thumbnails, String description) {
        Axis x = new Axis(1, 5, Plot.LEFT, Plot.WIDTH - Plot.RIGHT);
        Axis y = new Axis(1, 5, HEIGHT - Plot.BOTTOM, Plot.TOP);
        Plot plot = new Plot(HEIGHT, x, y, "scatter", description);
        plot.rows(4, false).columns(4, false, true).titles("People’s rating", "Model’s score");
        plot.diagonal(1, 5);
        String density = predictions.size() > 1500 ? "many" : predictions.size() > 300 ? "some" : "few";
        Markup svg = plot.svg();
        svg.open("g", "class", "points " + density);
        for (Prediction p : drawn(predictions)) {
            List<Object> attributes = new ArrayList<>(List.of(
                    "cx", plot.x(p.rated().mos()), "cy", plot.y(Math.min(5, Math.max(1, p.predicted()))), "r", 3.2));
            thumbnails.hover(p.rated()).ifPresent(id -> attributes.addAll(List.of("data-picture", id)));
            svg.open("circle", attributes.toArray()).element("title", p.line()).close();
        }
        svg.close();
        return plot.finish();
    }
}
