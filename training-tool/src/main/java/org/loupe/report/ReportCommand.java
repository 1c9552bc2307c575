package org.loupe.report;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import picocli.CommandLine;

/** {@code loupe report}. */
@CommandLine.Command(
        name = "report",
        description = {
            "Makes the page of a training run again: curves, figures, and the pictures worth looking at, in one file for any browser.",
            "`train` writes it by itself; this is for runs that were copied, interrupted or made before.",
            "",
            "  ./loupe report mine --pictures photos --group '(ss[0-9]+)_'"
        })
final class ReportCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Parameters(
            paramLabel = "DIR",
            description = "what `train --out` wrote; the page goes to DIR/report.html")
    private Path directory;

    @CommandLine.Option(
            names = "--pictures",
            paramLabel = "DIR",
            description =
                    "where the rated pictures lie, for the thumbnails: the directory of the labels; may be given several times")
    private List<Path> pictures = List.of();

    @CommandLine.Option(
            names = "--group",
            paramLabel = "REGEX",
            description = "first capture in the file name is the collection; each is measured by itself")
    private @Nullable String group;

    @Override
    public Integer call() {
        Path page;
        try (ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
            page = Reports.ofRun(
                    directory, pictures, collection(), (done, all) -> bar.at("Making thumbnails", done, all));
        }
        spec.commandLine().getOut().println(page);
        spec.commandLine().getOut().flush();
        return 0;
    }

    private @Nullable Pattern collection() {
        try {
            return group == null ? null : Pattern.compile(group);
        } catch (PatternSyntaxException e) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--group is no regular expression: " + e.getDescription());
        }
    }
}
