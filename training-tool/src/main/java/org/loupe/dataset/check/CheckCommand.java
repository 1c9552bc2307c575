package org.loupe.dataset.check;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.modelpackage.BundledModels;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scoring.LocalScorer;
import org.loupe.training.data.LabelHints;
import org.loupe.training.data.SplitsCsv;
import picocli.CommandLine;

/** {@code loupe dataset check}. */
@CommandLine.Command(
        name = "check",
        description = {
            "Looks for what spoils a training or its figures: missing and unreadable media, copies of a picture on both sides of a split,"
                    + " labels outside their scale, contradictory or running the wrong way, levels with too few pictures. Exit code 1 if there are errors.",
            "",
            "  ./loupe dataset check photos/labels.csv --splits photos/splits.csv",
            "  ./loupe dataset check photos/labels.csv --splits photos/splits.csv --fix photos/checked.csv",
            "  ./loupe train --labels photos/checked.csv --splits photos/checked.csv --out mine",
            "",
            "Media are decoded as a server would. Copies are found after re-encoding, resizing and slight crops. Several sources without"
                    + " --splits are taken for parts of one whole, such as train.json and test.json."
        })
public final class CheckCommand implements Callable<Integer> {
    private enum Format {
        table,
        json
    }

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Parameters(
            arity = "1..*",
            paramLabel = "LABELS",
            description =
                    "CSV, JSON lines, the reference's JSON, or a folder of photographs with stars, as train and evaluate take them")
    private List<Path> labels;

    @CommandLine.Mixin
    private LabelHints labelHints;

    @CommandLine.Option(
            names = "--splits",
            paramLabel = "CSV",
            description = "file,split; one for each LABELS, in the same order, or one for all")
    private List<Path> splits = List.of();

    @CommandLine.Option(
            names = "--model",
            defaultValue = BundledModels.DEFAULT,
            paramLabel = "REF|none",
            description =
                    "model whose scores tell whether more is better, on at most 300 pictures a task (default: ${DEFAULT-VALUE})")
    private String model;

    @CommandLine.Option(
            names = "--format",
            defaultValue = "table",
            paramLabel = "table|json",
            description = "json: one record a line, sets first, then every finding (default: ${DEFAULT-VALUE})")
    private Format format;

    @CommandLine.Option(names = "--html", paramLabel = "FILE", description = "write the report as a page too")
    private @Nullable Path html;

    @CommandLine.Option(
            names = "--fix",
            paramLabel = "OUT.csv",
            description = {
                "write labels and splits as one new file with what can be put right by itself: bad rows left out, copies moved to one"
                        + " side. Ratings and scales are never changed"
            })
    private @Nullable Path fix;

    @Override
    public Integer call() {
        if (splits.size() > 1 && splits.size() != labels.size()) {
            throw wrong(labels.size() + " LABELS need as many --splits, or one for all, or none");
        }
        if (fix != null && Files.exists(fix)) {
            throw wrong(fix + " exists; --fix writes a new file");
        }
        List<LabelSet> sets = sets();
        try (ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
            DatasetCheck check = new DatasetCheck(sets, bar);
            CheckReport report = check.report(model.equals("none") ? null : () -> LocalScorer.open(model));
            bar.close();
            print(report);
            if (fix != null) {
                Corrections.Done done = check.correct(fix);
                bar.println(fix + ": " + done.rows() + " rows written, " + done.leftOut() + " left out, " + done.moved()
                        + " pictures moved to another part");
            }
            return report.count(Severity.ERROR) > 0 ? 1 : 0;
        }
    }

    private List<LabelSet> sets() {
        List<SplitsCsv> read = splits.stream().map(SplitsCsv::read).toList();
        List<LabelSet> sets = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) {
            Path source = labels.get(i);
            SplitsCsv own = read.isEmpty() ? null : read.get(read.size() == 1 ? 0 : i);
            String whole = labels.size() > 1 ? source.getFileName().toString() : "";
            sets.add(LabelSet.read(i, source, labelHints.hints(), own, whole));
        }
        return sets;
    }

    private void print(CheckReport report) {
        PrintWriter out = spec.commandLine().getOut();
        if (format == Format.json) {
            CheckJson.lines(report).forEach(out::println);
            out.flush();
        } else {
            new CheckText(out, report).print();
        }
        if (html != null) {
            try {
                Files.writeString(html, CheckHtml.of(report));
            } catch (IOException e) {
                throw new ScoringException(ErrorReason.IO_FAILED, "cannot write " + html + ": " + e.getMessage(), e);
            }
        }
    }

    private CommandLine.ParameterException wrong(String what) {
        return new CommandLine.ParameterException(spec.commandLine(), what);
    }
}
