package org.loupe.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.loupe.score.Task;

/** What stands behind the figures: how the training went, what it was fed, and the record that lets it be done again. */
final class RunSections {
    /** A manifest may list a digest a picture; the page shows that many of any one list. */
    private static final int MOST_LISTED = 40;
    /** More data sets and parts than this would bury the page. */
    private static final int MOST_HISTOGRAMS = 24;

    private final Markup out;

    RunSections(Markup out) {
        this.out = out;
    }

    void training(RunCurves curves) {
        if (curves.charts().isEmpty()) {
            return;
        }
        out.open("section", "id", "training", "aria-labelledby", "training-title");
        out.element("h2", "Training", "id", "training-title");
        out.open("div", "class", "pair");
        curves.charts().forEach((kind, series) -> {
            out.open("figure", "class", "card").element("h3", kind.title());
            if (series.size() > 1) {
                out.open("p", "class", "legend");
                for (int i = 0; i < series.size(); i++) {
                    out.open("span", "class", "c" + (i + 1));
                    out.open("i", "aria-hidden", "true")
                            .close()
                            .text(series.get(i).name())
                            .close();
                }
                out.close();
            }
            out.add(CurveChart.draw(series, kind.title(), description(kind, series)));
            out.element("figcaption", kind.explanation());
            out.close();
        });
        out.close().close();
    }

    void data(List<Prediction> predictions) {
        out.open("section", "id", "data", "aria-labelledby", "data-title");
        out.element("h2", "Data", "id", "data-title");
        out.element("p", "How people rated the pictures, on the scale from 1 to 5.", "class", "lead");
        Map<String, List<Prediction>> parts = new LinkedHashMap<>();
        for (Task task : Task.values()) {
            predictions.stream().filter(p -> p.rated().task() == task).forEach(p -> parts.computeIfAbsent(
                            task.id() + " · " + p.set() + " · " + p.split(), k -> new ArrayList<>())
                    .add(p));
        }
        out.open("div", "class", "triple");
        parts.entrySet().stream().limit(MOST_HISTOGRAMS).forEach(entry -> histogram(entry.getKey(), entry.getValue()));
        out.close();
        if (parts.size() > MOST_HISTOGRAMS) {
            out.element("p", (parts.size() - MOST_HISTOGRAMS) + " further parts are not drawn.", "class", "note");
        }
        out.close();
    }

    void manifest(JsonNode manifest) {
        out.open("section", "id", "manifest", "aria-labelledby", "manifest-title");
        out.element("h2", "How it was made", "id", "manifest-title");
        manifest.path("commands")
                .forEach(command ->
                        out.open("pre").element("code", command.asText()).close());
        out.open("details").element("summary", "The whole manifest");
        out.open("div", "class", "scroll").open("table", "class", "manifest").open("tbody");
        rows("", manifest);
        out.close().close().close().close().close();
    }

    private void histogram(String name, List<Prediction> part) {
        double[] ratings = Finding.ratings(part);
        double mean = Arrays.stream(ratings).average().orElse(Double.NaN);
        double spread = Math.sqrt(Arrays.stream(ratings)
                .map(r -> (r - mean) * (r - mean))
                .average()
                .orElse(Double.NaN));
        String summary =
                Words.pictures(part.size()) + ", mean " + Words.number(mean, 2) + ", spread " + Words.number(spread, 2);
        out.open("figure", "class", "card small").element("h3", name);
        out.add(HistogramChart.draw(ratings, "Histogram of the ratings: " + summary));
        out.element("figcaption", summary);
        out.close();
    }

    private void rows(String path, JsonNode node) {
        if (node.isObject()) {
            node.properties()
                    .forEach(field ->
                            rows(path.isEmpty() ? field.getKey() : path + " › " + field.getKey(), field.getValue()));
        } else if (node.isArray() && node.size() > 0 && node.get(0).isContainerNode()) {
            for (int i = 0; i < Math.min(node.size(), MOST_LISTED); i++) {
                rows(path + " " + (i + 1), node.get(i));
            }
            rest(path, node.size());
        } else if (node.isArray()) {
            List<String> values = new ArrayList<>();
            node.elements().forEachRemaining(value -> values.add(value.asText()));
            row(path, String.join(", ", values.subList(0, Math.min(values.size(), MOST_LISTED))));
            rest(path, node.size());
        } else {
            row(path, node.asText());
        }
    }

    private void rest(String path, int size) {
        if (size > MOST_LISTED) {
            row(path, "and " + (size - MOST_LISTED) + " more, see run.json");
        }
    }

    private void row(String name, String value) {
        out.open("tr").element("th", name, "scope", "row").element("td", value).close();
    }

    private static String description(RunCurves.Kind kind, List<Series> series) {
        StringBuilder text = new StringBuilder(kind.title()).append(" over the steps. ");
        for (Series s : series) {
            int last = s.size() - 1;
            text.append(s.name())
                    .append(": ")
                    .append(Words.number(s.values()[0], 4))
                    .append(" at step ")
                    .append(Words.count(Math.round(s.steps()[0])))
                    .append(", ")
                    .append(Words.number(s.values()[last], 4))
                    .append(" at step ")
                    .append(Words.count(Math.round(s.steps()[last])))
                    .append(". ");
        }
        return text.toString().strip();
    }
}
