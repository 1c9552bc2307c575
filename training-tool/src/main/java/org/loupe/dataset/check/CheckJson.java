package org.loupe.dataset.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.loupe.score.Level;

/** A report as records, one a line: what each source holds for each task ({@code set}), then every finding ({@code finding}). */
final class CheckJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int BINS = 40;

    private CheckJson() {}

    static List<String> lines(CheckReport report) {
        List<String> lines = new ArrayList<>();
        report.summaries().forEach(summary -> lines.add(text(summary(report, summary))));
        report.findings().forEach(finding -> lines.add(text(finding(report, finding))));
        return lines;
    }

    private static ObjectNode summary(CheckReport report, LabelSummary summary) {
        ObjectNode node = MAPPER.createObjectNode().put("record", "set");
        node.put("source", source(report, summary.set().index()));
        node.put("name", summary.set().name());
        node.put("task", summary.task().id());
        node.put("n", summary.mos().length);
        node.putArray("labels").add(summary.lowest()).add(summary.highest());
        node.putArray("scale").add(summary.scale().worst()).add(summary.scale().best());
        node.put("mean", summary.mean());
        node.put("withVotes", summary.withVotes());
        ObjectNode splits = node.putObject("splits");
        summary.splits().forEach(splits::put);
        ObjectNode levels = node.putObject("levels");
        for (Level level : Level.values()) {
            levels.put(level.id(), summary.levels()[level.rank()]);
        }
        ArrayNode bins = node.putArray("histogram"); // equal parts of 1..5, worst first
        for (int n : summary.bins(BINS)) {
            bins.add(n);
        }
        return node;
    }

    private static ObjectNode finding(CheckReport report, Finding finding) {
        ObjectNode node = MAPPER.createObjectNode().put("record", "finding");
        node.put("severity", finding.severity().name().toLowerCase(Locale.ROOT));
        node.put("kind", finding.kind().id());
        node.put("what", finding.what());
        node.put("fix", finding.fix());
        ArrayNode rows = node.putArray("rows");
        finding.rows().forEach(place -> {
            ObjectNode row = rows.addObject();
            row.put("source", source(report, place.source()));
            row.put("line", place.line());
            row.put("file", place.file());
            row.put("remark", place.remark());
        });
        return node;
    }

    private static String source(CheckReport report, int index) {
        return report.sets().get(index).path().toString();
    }

    private static String text(ObjectNode node) {
        try {
            return MAPPER.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
