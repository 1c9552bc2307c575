package org.loupe.dataset.check;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.loupe.dataset.check.Finding.Place;
import org.loupe.score.Level;

/** A report for a terminal: what the sets hold, drawn, then what was found, the worst first. */
final class CheckText {
    private static final int BINS = 32;
    private static final int BAR = 40;
    private static final String EIGHTHS = "▁▂▃▄▅▆▇█";
    /** Of each kind of finding; JSON and HTML hold them all. */
    private static final int FINDINGS_SHOWN = 6;
    /** Of each finding. */
    private static final int ROWS_SHOWN = 5;

    private final PrintWriter out;
    private final CheckReport report;

    CheckText(PrintWriter out, CheckReport report) {
        this.out = out;
        this.report = report;
    }

    void print() {
        report.summaries().forEach(this::print);
        Map<Finding.Kind, List<Finding>> byKind = new TreeMap<>();
        report.findings().forEach(finding -> byKind.computeIfAbsent(finding.kind(), k -> new ArrayList<>())
                .add(finding));
        for (Severity severity : Severity.values()) {
            byKind.forEach((kind, findings) -> print(findings.stream()
                    .filter(finding -> finding.severity() == severity)
                    .toList()));
        }
        out.printf(
                Locale.ROOT,
                "%d media looked at: %s, %s, %s%n",
                report.media(),
                plural(report.count(Severity.ERROR), " error"),
                plural(report.count(Severity.WARNING), " warning"),
                plural(report.count(Severity.NOTE), " note"));
        out.flush();
    }

    private void print(LabelSummary summary) {
        out.printf(
                Locale.ROOT,
                "%s, %s: %d pictures, %s to %s on %s%s, mean %.2f of 1..5%s%n",
                summary.set().name(),
                summary.task().id(),
                summary.mos().length,
                LabelChecks.number(summary.lowest()),
                LabelChecks.number(summary.highest()),
                LabelChecks.scale(summary.scale()),
                summary.scales() > 1 ? " and " + (summary.scales() - 1) + " other scales" : "",
                summary.mean(),
                summary.withVotes() > 0 ? ", " + summary.withVotes() + " with single votes" : "");
        if (summary.splits().size() > 1 || !summary.splits().containsKey("")) {
            List<String> parts = new ArrayList<>();
            summary.splits().forEach((split, n) -> parts.add((split.isEmpty() ? "without a split" : split) + " " + n));
            out.println("  " + String.join(", ", parts));
        }
        out.println("  1 " + spark(summary.bins(BINS)) + " 5");
        int most = 1;
        for (int n : summary.levels()) {
            most = Math.max(most, n);
        }
        for (Level level : Level.values()) {
            int n = summary.levels()[level.rank()];
            out.printf(
                    Locale.ROOT,
                    "  %-10s %6d %5.1f %%  %s%n",
                    level.id(),
                    n,
                    100.0 * n / summary.mos().length,
                    "█".repeat((int) Math.ceil((double) BAR * n / most)));
        }
        out.println();
    }

    private static String spark(int[] bins) {
        int most = 1;
        for (int n : bins) {
            most = Math.max(most, n);
        }
        StringBuilder line = new StringBuilder();
        for (int n : bins) {
            line.append(n == 0 ? ' ' : EIGHTHS.charAt(Math.min(7, 8 * n / (most + 1))));
        }
        return line.toString();
    }

    private void print(List<Finding> findings) {
        for (Finding finding : findings.subList(0, Math.min(FINDINGS_SHOWN, findings.size()))) {
            out.println(finding.severity() + "  " + finding.what());
            for (Place place : finding.rows()
                    .subList(0, Math.min(ROWS_SHOWN, finding.rows().size()))) {
                String row = row(place);
                if (!row.isEmpty()) {
                    out.println("    " + row);
                }
            }
            if (finding.rows().size() > ROWS_SHOWN) {
                out.println("    and " + (finding.rows().size() - ROWS_SHOWN) + " more rows");
            }
            out.println("    -> " + finding.fix());
        }
        if (findings.size() > FINDINGS_SHOWN) {
            out.println("    and " + (findings.size() - FINDINGS_SHOWN) + " more "
                    + findings.get(0).kind().id());
        }
        if (!findings.isEmpty()) {
            out.println();
        }
    }

    /** @return where, as far as there is a row or more than one source to tell apart */
    private String row(Place place) {
        StringBuilder text = new StringBuilder();
        if (place.line() > 0 || (report.sets().size() > 1 && place.file().isEmpty())) {
            text.append(source(place));
            if (place.line() > 0) {
                text.append(':').append(place.line());
            }
        }
        if (!place.file().isEmpty()) {
            text.append(text.isEmpty() ? "" : "  ").append(place.file());
        }
        if (!place.remark().isEmpty()) {
            text.append("  ").append(place.remark());
        }
        return text.toString();
    }

    private String source(Place place) {
        return report.sets().get(place.source()).path().getFileName().toString();
    }

    static String plural(long n, String what) {
        return n + what + (n == 1 ? "" : "s");
    }
}
