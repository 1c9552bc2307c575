package org.loupe.dataset.check;

import java.util.List;
import java.util.Locale;
import org.loupe.dataset.check.Finding.Place;
import org.loupe.score.Level;

/** A report as one self-contained page, in the reader's light or dark. */
final class CheckHtml {
    private static final int BINS = 40;
    /** Of each finding; a page of a hundred thousand rows opens nowhere, and JSON holds them all. */
    private static final int ROWS_SHOWN = 200;

    private static final String STYLE = """
            :root { color-scheme: light dark; --ink: #1d2125; --soft: #5b6570; --paper: #fbfaf8; --card: #fff; --line: #e2dfd9;
              --bar: #3b6ea5; --error: #b3261e; --warning: #9a6700; --note: #3b6ea5; }
            @media (prefers-color-scheme: dark) { :root { --ink: #e6e4df; --soft: #9aa4ae; --paper: #15181b; --card: #1d2125;
              --line: #31373d; --bar: #7fb0e0; --error: #ff8a80; --warning: #e3b341; --note: #7fb0e0; } }
            * { box-sizing: border-box; }
            body { margin: 0 auto; max-width: 62rem; padding: 2rem 1rem 4rem; background: var(--paper); color: var(--ink);
              font: 16px/1.5 system-ui, sans-serif; }
            h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2.5rem 0 .75rem; }
            p { margin: 0; color: var(--soft); }
            .sets { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }
            .card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; overflow: hidden; }
            .card h3 { margin: 0; font-size: 1rem; } svg { display: block; width: 100%; height: auto; margin: .75rem 0 .25rem; }
            svg rect { fill: var(--bar); } svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
            dl { display: grid; grid-template-columns: auto 1fr auto; gap: .15rem .75rem; margin: .5rem 0 0; align-items: center; }
            dt { color: var(--soft); } dd { margin: 0; font-variant-numeric: tabular-nums; }
            .bar { height: .6rem; border-radius: .3rem; background: var(--bar); min-width: 1px; }
            details { background: var(--card); border: 1px solid var(--line); border-left: .3rem solid; border-radius: .4rem;
              padding: .6rem .9rem; margin: 0 0 .6rem; }
            summary { cursor: pointer; } summary b { font-size: .75rem; letter-spacing: .04em; margin-right: .5rem; }
            .error { border-left-color: var(--error); } .error b { color: var(--error); }
            .warning { border-left-color: var(--warning); } .warning b { color: var(--warning); }
            .note { border-left-color: var(--note); } .note b { color: var(--note); }
            .fix { color: var(--soft); } .rows { overflow-x: auto; margin-top: .5rem; }
            table { border-collapse: collapse; font-size: .85rem; } td { padding: .1rem .8rem .1rem 0; vertical-align: top; }
            """;

    private final StringBuilder page = new StringBuilder();
    private final CheckReport report;

    private CheckHtml(CheckReport report) {
        this.report = report;
    }

    static String of(CheckReport report) {
        CheckHtml html = new CheckHtml(report);
        html.write();
        return html.page.toString();
    }

    private void write() {
        page.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
                .append("<title>Data set check</title>\n<style>\n")
                .append(STYLE)
                .append("</style></head>\n<body>\n<h1>Data set check</h1>\n<p>")
                .append(report.media())
                .append(" media, ")
                .append(CheckText.plural(report.count(Severity.ERROR), " error"))
                .append(", ")
                .append(CheckText.plural(report.count(Severity.WARNING), " warning"))
                .append(", ")
                .append(CheckText.plural(report.count(Severity.NOTE), " note"))
                .append("</p>\n<h2>What was rated</h2>\n<div class=\"sets\">\n");
        report.summaries().forEach(this::set);
        page.append("</div>\n<h2>What was found</h2>\n");
        report.findings().forEach(this::finding);
        if (report.findings().isEmpty()) {
            page.append("<p>Nothing.</p>\n");
        }
        page.append("</body></html>\n");
    }

    private void set(LabelSummary summary) {
        page.append("<div class=\"card\"><h3>")
                .append(text(summary.set().name() + ", " + summary.task().id()))
                .append("</h3><p>")
                .append(text(String.format(
                        Locale.ROOT,
                        "%d pictures, %s to %s on %s, mean %.2f of 1..5",
                        summary.mos().length,
                        LabelChecks.number(summary.lowest()),
                        LabelChecks.number(summary.highest()),
                        LabelChecks.scale(summary.scale()),
                        summary.mean())))
                .append("</p>");
        histogram(summary.bins(BINS));
        page.append("<dl>");
        int most = 1;
        for (int n : summary.levels()) {
            most = Math.max(most, n);
        }
        for (Level level : Level.values()) {
            int n = summary.levels()[level.rank()];
            page.append(String.format(
                    Locale.ROOT,
                    "<dt>%s</dt><dd><div class=\"bar\" style=\"width:%.1f%%\"></div></dd><dd>%d</dd>",
                    level.id(),
                    100.0 * n / most,
                    n));
        }
        page.append("</dl>");
        if (summary.splits().size() > 1) {
            page.append("<p>");
            summary.splits().forEach((split, n) -> page.append(text(split.isEmpty() ? "without a split" : split))
                    .append(' ')
                    .append(n)
                    .append(" &nbsp; "));
            page.append("</p>");
        }
        page.append("</div>\n");
    }

    private void histogram(int[] bins) {
        int most = 1;
        for (int n : bins) {
            most = Math.max(most, n);
        }
        page.append("<svg viewBox=\"0 0 400 118\" role=\"img\" aria-label=\"histogram of the ratings from 1 to 5\">");
        for (int i = 0; i < bins.length; i++) {
            double height = 100.0 * bins[i] / most;
            page.append(String.format(
                    Locale.ROOT,
                    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
                    i * 400.0 / bins.length,
                    100 - height,
                    400.0 / bins.length - 1,
                    height));
        }
        for (int mos = 1; mos <= 5; mos++) {
            page.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%.0f\" y=\"114\" text-anchor=\"%s\">%d</text>",
                    (mos - 1) * 100.0,
                    mos == 1 ? "start" : mos == 5 ? "end" : "middle",
                    mos));
        }
        page.append("</svg>");
    }

    private void finding(Finding finding) {
        String severity = finding.severity().name().toLowerCase(Locale.ROOT);
        page.append("<details class=\"")
                .append(severity)
                .append("\"><summary><b>")
                .append(finding.severity())
                .append("</b>")
                .append(text(finding.what()))
                .append("<div class=\"fix\">")
                .append(text(finding.fix()))
                .append("</div></summary><div class=\"rows\"><table>");
        List<Place> rows = finding.rows();
        for (Place place : rows.subList(0, Math.min(ROWS_SHOWN, rows.size()))) {
            String source =
                    report.sets().get(place.source()).path().getFileName().toString();
            page.append("<tr><td>")
                    .append(text(place.line() > 0 ? source + ":" + place.line() : source))
                    .append("</td><td>")
                    .append(text(place.file()))
                    .append("</td><td>")
                    .append(text(place.remark()))
                    .append("</td></tr>");
        }
        page.append("</table>");
        if (rows.size() > ROWS_SHOWN) {
            page.append("<p>and ").append(rows.size() - ROWS_SHOWN).append(" more</p>");
        }
        page.append("</div></details>\n");
    }

    private static String text(String raw) {
        return raw.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
