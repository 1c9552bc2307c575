package org.loupe.evaluation.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.loupe.evaluation.Agreement;
import org.loupe.evaluation.Calibration;
import org.loupe.evaluation.Comparison;
import org.loupe.evaluation.Evaluation;
import org.loupe.evaluation.HumanAgreement;
import org.loupe.evaluation.Interval;
import org.loupe.evaluation.Intervals;
import org.loupe.score.Level;

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
        levels(node, evaluation);
        Evaluation.Versus versus = evaluation.comparison();
        if (versus != null) {
            ObjectNode comparison = node.putObject("comparison").put("model", versus.other());
            difference(comparison, "srcc", versus.differences().srcc());
            difference(comparison, "plcc", versus.differences().plcc());
            difference(comparison, "rmse", versus.differences().rmse());
        }
        HumanAgreement humans = evaluation.humans();
        if (humans != null) {
            ObjectNode raters = node.putObject("humans"); // one drawn vote against the mean of the others, no rater ids
            raters.put("n", humans.n());
            raters.put("votes", humans.votes());
            estimate(raters, "humanSrcc", humans.humanSrcc());
            estimate(raters, "modelSrcc", humans.modelSrcc());
            estimate(raters, "humanPlcc", humans.humanPlcc());
            estimate(raters, "modelPlcc", humans.modelPlcc());
            estimate(raters, "srccDifference", humans.srccDifference());
            raters.put("above", humans.above());
        }
        try {
            return MAPPER.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    static String tableHeader() {
        return String.format(
                Locale.ROOT,
                "%-28s %-10s %6s  %-22s %-22s %-22s %-22s %s",
                "data set",
                "task",
                "n",
                "SRCC [95 %]",
                "PLCC [95 %]",
                "KRCC [95 %]",
                "RMSE [95 %]",
                "PLCC, RMSE after the fit");
    }

    static String table(Evaluation evaluation) {
        StringBuilder lines = new StringBuilder(
                row(evaluation.dataset(), evaluation.task().id(), evaluation.whole(), evaluation.ci95()));
        evaluation.groups().forEach(group -> lines.append('\n')
                .append(row("  " + group.name(), "", group.figures(), group.ci95())));
        lines.append('\n').append(levels(evaluation));
        Evaluation.Versus versus = evaluation.comparison();
        if (versus != null) {
            lines.append("  ").append(versus.other()).append(" less this model: ");
            lines.append("SRCC ").append(difference(versus.differences().srcc()));
            lines.append("; PLCC ").append(difference(versus.differences().plcc()));
            lines.append("; RMSE ")
                    .append(difference(versus.differences().rmse()))
                    .append('\n');
        }
        HumanAgreement humans = evaluation.humans();
        if (humans != null) {
            lines.append(String.format(
                    Locale.ROOT,
                    "  single people (a drawn vote against the mean of the others; %d pictures, %.0f votes each, no rater ids):%n"
                            + "    SRCC %s; this model against the same means %s; model less human %s, above in %.0f %% of draws%n",
                    humans.n(),
                    humans.votes(),
                    cell(humans.humanSrcc().value(), humans.humanSrcc().ci95()),
                    cell(humans.modelSrcc().value(), humans.modelSrcc().ci95()),
                    cell(
                            humans.srccDifference().value(),
                            humans.srccDifference().ci95()),
                    100 * humans.above()));
        }
        return lines.toString();
    }

    private static String levels(Evaluation evaluation) {
        StringBuilder text = new StringBuilder("  rated \\ predicted");
        for (Level level : Level.values()) {
            text.append(String.format(Locale.ROOT, " %9s", level.id()));
        }
        text.append('\n');
        for (Level rated : Level.values()) {
            text.append(String.format(Locale.ROOT, "  %-17s", rated.id()));
            for (int count : evaluation.confusion().counts()[5 - rated.weight()]) {
                text.append(String.format(Locale.ROOT, " %9d", count));
            }
            text.append('\n');
        }
        text.append(String.format(
                Locale.ROOT,
                "  right level %.3f, right or next to it %.3f",
                evaluation.confusion().accuracy(),
                evaluation.confusion().adjacentAccuracy()));
        Calibration calibration = evaluation.calibration();
        if (calibration != null) {
            text.append(String.format(Locale.ROOT, ", calibration error %.3f", calibration.error()));
        }
        return text.append('\n').toString();
    }

    private static String difference(Comparison.Difference d) {
        return String.format(
                Locale.ROOT,
                "%+.3f [%+.3f, %+.3f], p %.3f",
                d.value(),
                d.ci95().low(),
                d.ci95().high(),
                d.p());
    }

    private static String row(String name, String task, Agreement a, Intervals ci) {
        return String.format(
                Locale.ROOT,
                "%-28s %-10s %6d  %-22s %-22s %-22s %-22s %s",
                name,
                task,
                a.n(),
                cell(a.srcc(), ci.srcc()),
                cell(a.plcc(), ci.plcc()),
                cell(a.krcc(), ci.krcc()),
                cell(a.rmse(), ci.rmse()),
                Double.isNaN(a.plccLogistic())
                        ? "-"
                        : String.format(Locale.ROOT, "%.3f, %.3f", a.plccLogistic(), a.rmseLogistic()));
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
        number(node, "plccLogistic", a.plccLogistic());
        number(node, "rmseLogistic", a.rmseLogistic());
    }

    private static void levels(ObjectNode node, Evaluation evaluation) {
        ObjectNode levels = node.putObject("levels");
        number(levels, "accuracy", evaluation.confusion().accuracy());
        number(levels, "adjacentAccuracy", evaluation.confusion().adjacentAccuracy());
        Calibration calibration = evaluation.calibration();
        if (calibration == null) {
            levels.putNull("calibrationError");
        } else {
            number(levels, "calibrationError", calibration.error());
        }
        var confusion = levels.putArray("confusion"); // rows: rated, columns: predicted, best level first
        for (int[] row : evaluation.confusion().counts()) {
            var counts = confusion.addArray();
            for (int count : row) {
                counts.add(count);
            }
        }
    }

    private static void estimate(ObjectNode node, String name, HumanAgreement.Estimate estimate) {
        ObjectNode one = node.putObject(name);
        number(one, "value", estimate.value());
        interval(one, "ci95", estimate.ci95());
    }

    private static void difference(ObjectNode node, String name, Comparison.Difference difference) {
        ObjectNode one = node.putObject(name);
        number(one, "difference", difference.value());
        interval(one, "ci95", difference.ci95());
        number(one, "p", difference.p());
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
