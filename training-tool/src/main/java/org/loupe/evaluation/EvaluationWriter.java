package org.loupe.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/** An evaluation as one line of JSON or as lines of a table. A figure that is not defined is null in JSON and a dash in the table. */
final class EvaluationWriter {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private EvaluationWriter() {}

    static String json(Evaluation evaluation) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("dataset", evaluation.dataset());
        node.put("task", evaluation.task().id());
        figures(node, evaluation.whole());
        intervals(node.putObject("ci95"), evaluation.ci95());
        var groups = node.putArray("groups");
        evaluation.groups().forEach(group -> {
            ObjectNode one = groups.addObject().put("name", group.name());
            figures(one, group.figures());
            intervals(one.putObject("ci95"), group.ci95());
        });
        try {
            return MAPPER.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    static String tableHeader() {
        return String.format(
                Locale.ROOT,
                "%-28s %-10s %6s  %-22s %-22s %-22s %s",
                "data set",
                "task",
                "n",
                "SRCC [95 %]",
                "PLCC [95 %]",
                "KRCC [95 %]",
                "RMSE [95 %]");
    }

    static String table(Evaluation evaluation) {
        StringBuilder lines = new StringBuilder(
                row(evaluation.dataset(), evaluation.task().id(), evaluation.whole(), evaluation.ci95()));
        evaluation.groups().forEach(group -> lines.append('\n')
                .append(row("  " + group.name(), "", group.figures(), group.ci95())));
        return lines.toString();
    }

    private static String row(String name, String task, Agreement a, Intervals ci) {
        return String.format(
                Locale.ROOT,
                "%-28s %-10s %6d  %-22s %-22s %-22s %s",
                name,
                task,
                a.n(),
                cell(a.srcc(), ci.srcc()),
                cell(a.plcc(), ci.plcc()),
                cell(a.krcc(), ci.krcc()),
                cell(a.rmse(), ci.rmse()));
    }

    private static String cell(double value, Interval interval) {
        return Double.isNaN(value)
                ? "-"
                : String.format(Locale.ROOT, "%.3f [%.3f, %.3f]", value, interval.low(), interval.high());
    }

    private static void figures(ObjectNode node, Agreement a) {
        node.put("n", a.n());
        number(node, "srcc", a.srcc());
        number(node, "plcc", a.plcc());
        number(node, "krcc", a.krcc());
        number(node, "rmse", a.rmse());
    }

    private static void intervals(ObjectNode node, Intervals intervals) {
        interval(node, "srcc", intervals.srcc());
        interval(node, "plcc", intervals.plcc());
        interval(node, "krcc", intervals.krcc());
        interval(node, "rmse", intervals.rmse());
    }

    private static void interval(ObjectNode node, String name, Interval interval) {
        if (Double.isNaN(interval.low())) {
            node.putNull(name);
        } else {
            node.putArray(name).add(interval.low()).add(interval.high());
        }
    }

    private static void number(ObjectNode node, String name, double value) {
        if (Double.isNaN(value)) {
            node.putNull(name);
        } else {
            node.put(name, value);
        }
    }
}
