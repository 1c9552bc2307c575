package org.loupe.report;

import java.nio.file.Path;
import org.loupe.evaluation.Interval;

/** A study as one self-contained page, in the manner of the reports of single runs. */
public final class StudyPage {
    private StudyPage() {}

    /** @throws org.loupe.score.ScoringException IO_FAILED if the file cannot be written */
    public static void write(Study study, Path file) {
        Markup out = new Markup();
        PageFrame.open(out, study.title(), "Experiment", "");
        out.open("header").open("div", "class", "top");
        out.element("p", "Loupe · Experiment", "class", "kicker");
        out.element("h1", study.title());
        for (String paragraph : study.question().strip().split("\n\n")) {
            out.element("p", paragraph.replace('\n', ' '), "class", "lead");
        }
        out.close().close();
        out.open("main");
        study.tables().forEach(table -> table(out, table));
        facts(out, study);
        out.close();
        PageFrame.close(out, "");
        PageFrame.write(out.toString(), file);
    }

    private static void table(Markup out, Study.Table table) {
        double low = Math.max(
                -1,
                table.rows().stream()
                                .mapToDouble(row -> row.srcc().ci95().low())
                                .filter(Double::isFinite)
                                .min()
                                .orElse(0)
                        - 0.03);
        double high = Math.min(
                1,
                table.rows().stream()
                                .mapToDouble(row -> row.srcc().ci95().high())
                                .filter(Double::isFinite)
                                .max()
                                .orElse(0.97)
                        + 0.03);
        out.open("section").element("h2", table.title());
        out.element("p", table.note(), "class", "lead");
        out.open("div", "class", "card scroll").open("table", "class", "study");
        out.open("thead").open("tr").element("th", "", "scope", "col");
        out.element("th", "SRCC", "scope", "col", "class", "n");
        out.element(
                "th", "95 % interval, from " + Words.number(low, 2) + " to " + Words.number(high, 2), "scope", "col");
        out.element("th", "PLCC", "scope", "col", "class", "n").element("th", "RMSE", "scope", "col", "class", "n");
        out.element("th", "SRCC difference", "scope", "col").close().close();
        out.open("tbody");
        table.rows().forEach(row -> row(out, row, low, high));
        out.close().close().close().close();
    }

    private static void row(Markup out, Study.Row row, double low, double high) {
        Study.Figure rmse = row.rmse();
        Study.Versus versus = row.versus();
        out.open("tr")
                .open("th", "scope", "row")
                .text(row.name())
                .element("small", row.detail())
                .close();
        out.element("td", Words.number(row.srcc().value(), 3), "class", "n");
        Interval ci95 = row.srcc().ci95();
        out.open("td").add(IntervalBar.draw(row.srcc().value(), ci95, low, high));
        String seeds = Double.isFinite(row.srcc().seedDeviation())
                ? ", ± " + Words.number(row.srcc().seedDeviation(), 3) + " by seed"
                : "";
        out.element("small", Words.interval(ci95, 3) + seeds).close();
        out.element("td", Words.number(row.plcc().value(), 3), "class", "n");
        out.element("td", rmse == null ? "–" : Words.number(rmse.value(), 3), "class", "n");
        out.open("td");
        if (versus != null) {
            out.element(versus.certain() ? "b" : "span", Words.signed(versus.srcc(), 3));
            String interval = Double.isFinite(versus.ci95().low())
                    ? Words.signed(versus.ci95().low(), 3) + " to "
                            + Words.signed(versus.ci95().high(), 3) + ", "
                    : "";
            out.element("small", interval + "against " + versus.other());
        }
        out.close().close();
    }

    private static void facts(Markup out, Study study) {
        out.open("section").element("h2", "How it was made");
        out.element(
                "p",
                "Intervals are bootstrapped over the pictures, each draw averaged over the seeds; a difference in bold has an interval"
                        + " that does not hold 0. Several differences were looked at, so one in twenty is bold by chance.",
                "class",
                "lead");
        out.open("div", "class", "scroll").open("table", "class", "manifest").open("tbody");
        study.facts().forEach((name, value) -> out.open("tr")
                .element("th", name, "scope", "row")
                .element("td", value)
                .close());
        out.close().close().close().close();
    }
}
