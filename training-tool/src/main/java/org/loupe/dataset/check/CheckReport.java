package org.loupe.dataset.check;

import java.util.Comparator;
import java.util.List;

/**
 * Everything a check found.
 *
 * @param sets the sources
 * @param summaries what they hold, by source and task
 * @param media how many files were looked at
 * @param findings the worst first
 */
record CheckReport(List<LabelSet> sets, List<LabelSummary> summaries, int media, List<Finding> findings) {
    CheckReport {
        sets = List.copyOf(sets);
        summaries = List.copyOf(summaries);
        findings = findings.stream()
                .sorted(Comparator.comparing(Finding::severity).thenComparing(Finding::kind))
                .toList();
    }

    long count(Severity severity) {
        return findings.stream()
                .filter(finding -> finding.severity() == severity)
                .count();
    }
}
