package org.loupe.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.loupe.evaluation.Evaluator;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.Rated;

/** Composes the page of one run or evaluation. */
final class ReportPage {
    private final Report report;

    ReportPage(Report report) {
        this.report = report;
    }

    /**
     * Writes the page; an older one is replaced only once the new one is complete.
     *
     * @param progress told how many of how many pictures are read
     * @throws ScoringException IO_FAILED if the file cannot be written, INVALID_REQUEST if there is nothing to tell
     */
    void write(Path file, BiConsumer<Integer, Integer> progress) {
        if (report.predictions().isEmpty()) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, "there are no predictions to report");
        }
        PageFrame.write(page(progress), file);
    }

    private String page(BiConsumer<Integer, Integer> progress) {
        Evaluator evaluator = new Evaluator(report.group());
        Map<Task, Finding> findings = new LinkedHashMap<>();
        Map<Task, Cases> cases = new LinkedHashMap<>();
        for (Task task : Task.values()) {
            List<Prediction> items = report.predictions().stream()
                    .filter(p -> p.rated().task() == task)
                    .toList();
            if (!items.isEmpty()) {
                Finding finding = Finding.of(report.kind().equals(Report.TRAINING), task, items, evaluator);
                findings.put(task, finding);
                cases.put(task, Cases.of(finding.items()));
            }
        }
        Thumbnails thumbnails = Thumbnails.read(
                cases.values().stream().flatMap(c -> c.pictures().stream()).toList(),
                worthPointingAt(findings),
                progress);
        Markup out = new Markup();
        String script = PageFrame.resource("report.js");
        PageFrame.open(out, report.model(), report.kind() + " report", script);
        header(out, findings);
        out.open("main");
        TaskSection section = new TaskSection(out, thumbnails);
        findings.forEach((task, finding) -> section.write(
                finding,
                Objects.requireNonNull(cases.get(task)),
                report.comparisons().get(task)));
        RunSections run = new RunSections(out);
        run.training(report.curves());
        run.data(report.predictions());
        run.manifest(report.manifest());
        glossary(out);
        out.close();
        hidden(out, thumbnails);
        out.open("div", "id", "tip", "hidden", "hidden", "aria-hidden", "true").close();
        PageFrame.close(out, script);
        return out.toString();
    }

    /** Pictures far from the line are the ones people point at; the others follow while there is room. */
    private static List<Rated> worthPointingAt(Map<Task, Finding> findings) {
        List<Prediction> all = new ArrayList<>();
        findings.values().forEach(finding -> all.addAll(ScatterChart.drawn(finding.items())));
        return all.stream()
                .sorted(Comparator.comparingDouble((Prediction p) -> -Math.abs(p.error()))
                        .thenComparing(p -> p.rated().name()))
                .map(Prediction::rated)
                .toList();
    }

    private void header(Markup out, Map<Task, Finding> findings) {
        out.open("header").open("div", "class", "top");
        out.element("p", "Loupe · " + report.kind() + " report", "class", "kicker");
        out.open("h1").element("bdi", report.model()).close();
        out.open("nav", "aria-label", "On this page").open("ul");
        findings.keySet().forEach(task -> link(out, task.id(), TaskSection.title(task.id())));
        if (!report.curves().charts().isEmpty()) {
            link(out, "training", "Training");
        }
        link(out, "data", "Data");
        link(out, "manifest", "How it was made");
        link(out, "glossary", "Words");
        out.close().close().close().close();
    }

    private static void link(Markup out, String id, String text) {
        out.open("li").element("a", text, "href", "#" + id).close();
    }

    private static void hidden(Markup out, Thumbnails thumbnails) {
        out.open("div", "hidden", "hidden");
        thumbnails
                .hidden()
                .forEach(t -> out.leaf(
                        "img",
                        "src",
                        t.source(),
                        "alt",
                        "",
                        "width",
                        t.width(),
                        "height",
                        t.height(),
                        "class",
                        t.id()));
        out.close();
    }

    private static void glossary(Markup out) {
        out.open("section", "id", "glossary", "aria-labelledby", "glossary-title");
        out.element("h2", "Words", "id", "glossary-title");
        out.open("dl", "class", "words");
        word(
                out,
                "Rating (MOS)",
                "Mean of what people said, mapped to 1 (bad) … 5 (excellent) from whatever scale they used.");
        word(
                out,
                "SRCC",
                "Spearman’s rank correlation: 1 if the model puts all pictures into people’s order, 0 if it guesses.");
        word(out, "PLCC", "Pearson’s correlation: 1 if scores lie on a straight line over the ratings.");
        word(out, "KRCC", "Kendall’s tau-b: share of pairs in the right order less the share in the wrong one.");
        word(out, "RMSE", "Root of the mean squared difference between score and rating; large errors count more.");
        word(
                out,
                "95 % interval",
                "From 1,000 draws of the pictures with replacement: what another set of such pictures might have shown.");
        word(
                out,
                "Calibration error",
                "How far the probabilities the model gives its levels lie from how often people chose them.");
        out.close().close();
    }

    private static void word(Markup out, String word, String meaning) {
        out.open("div").element("dt", word).element("dd", meaning).close();
    }
}
