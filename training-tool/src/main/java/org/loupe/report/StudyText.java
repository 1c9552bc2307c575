package org.loupe.report;

import java.util.Map;
import org.loupe.evaluation.Interval;

/** A study as Markdown, for repositories and mails. */
public final class StudyText {
    private StudyText() {}

    /** @return headings, a table for each data set, and the facts */
    public static String markdown(Study study) {
        StringBuilder text = new StringBuilder("# ").append(line(study.title())).append("\n\n");
        text.append(study.question().strip()).append("\n");
        for (Study.Table table : study.tables()) {
            text.append("\n## ")
                    .append(line(table.title()))
                    .append("\n\n")
                    .append(table.note())
                    .append("\n\n");
            text.append("| | learned from | SRCC [95 %] | ± seeds | PLCC | RMSE | SRCC difference [95 %] |\n");
            text.append("|---|---|---|---|---|---|---|\n");
            table.rows().forEach(row -> text.append(row(row)));
        }
        text.append("\n");
        for (Map.Entry<String, String> fact : study.facts().entrySet()) {
            text.append("- ")
                    .append(line(fact.getKey()))
                    .append(": ")
                    .append(line(fact.getValue()))
                    .append('\n');
        }
        return text.toString();
    }

    private static String row(Study.Row row) {
        Study.Versus versus = row.versus();
        Study.Figure rmse = row.rmse();
        return "| " + line(row.name()) + " | " + line(row.detail()) + " | "
                + Words.number(row.srcc().value(), 3) + " "
                + interval(row.srcc().ci95(), false) + " | "
                + Words.number(row.srcc().seedDeviation(), 3) + " | "
                + Words.number(row.plcc().value(), 3) + " | " + (rmse == null ? "–" : Words.number(rmse.value(), 3))
                + " | " + (versus == null ? "" : versus(versus)) + " |\n";
    }

    private static String versus(Study.Versus versus) {
        String text = Words.signed(versus.srcc(), 3) + " " + interval(versus.ci95(), true) + " against "
                + line(versus.other());
        return versus.certain() ? "**" + text + "**" : text;
    }

    private static String interval(Interval interval, boolean signed) {
        if (!Double.isFinite(interval.low())) {
            return "";
        }
        return signed
                ? "[" + Words.signed(interval.low(), 3) + ", " + Words.signed(interval.high(), 3) + "]"
                : "[" + Words.number(interval.low(), 3) + ", " + Words.number(interval.high(), 3) + "]";
    }

    /** Nothing from a recipe or a file name may open a table cell or a line. */
    private static String line(String text) {
        return text.replace("|", "\\|").replaceAll("\\s+", " ").strip();
    }
}
