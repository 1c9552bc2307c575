package org.loupe.training;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.LabelHints;
import org.loupe.training.data.Rated;
import org.loupe.training.data.Ratings;
import org.loupe.training.data.SplitsCsv;
import org.loupe.training.data.WeightedSource;
import org.loupe.training.loop.Digests;
import picocli.CommandLine;

/** {@code loupe train}. */
@CommandLine.Command(
        name = "train",
        description = {
            "Teaches a small model a library's taste from rated pictures and writes it as a model package.",
            "A head is trained for every task the labels hold. Some fifty pictures are enough to try it, some hundreds to rely on it.",
            "This version trains from scratch (--base none); tuning an existing model comes later."
        })
final class TrainCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(
            names = "--labels",
            required = true,
            paramLabel = "FILE[=WEIGHT]",
            converter = WeightedSource.Converter.class,
            description = {
                "rated pictures; may be given several times. CSV or JSON lines: file,task,mos,std,votes,scale_min,scale_max, or raw votes",
                "file,task,n1..nK; the reference's JSON; or a folder of photographs with stars (XMP sidecars, XMP or EXIF in the file).",
                "A weight tells how often pictures of a set are seen beside those of a set of weight 1: --labels a.csv=1 --labels b.csv=5"
            })
    private List<WeightedSource> labels;

    @CommandLine.Mixin
    private LabelHints labelHints;

    @CommandLine.Option(
            names = "--splits",
            paramLabel = "CSV",
            description = "file,split; one for each --labels, in the same order, or one for all")
    private List<Path> splits = List.of();

    @CommandLine.Option(
            names = "--split",
            defaultValue = "train",
            paramLabel = "NAME",
            description = "part of --splits to learn from (default: ${DEFAULT-VALUE})")
    private String train;

    @CommandLine.Option(
            names = "--val",
            defaultValue = "val",
            paramLabel = "NAME",
            description = "part to measure on before it is learned from as well (default: ${DEFAULT-VALUE})")
    private String val;

    @CommandLine.Option(
            names = "--test",
            paramLabel = "NAME",
            description = "part never learned from; the finished package is measured on it once and the card tells")
    private @Nullable String test;

    @CommandLine.Option(
            names = "--base",
            defaultValue = "none",
            paramLabel = "none",
            description = "what to start from; this version knows only none, from scratch")
    private String base;

    @CommandLine.Option(
            names = "--recipe",
            defaultValue = Recipe.DEFAULT,
            paramLabel = "YAML",
            description = "a file or a built-in recipe (default: ${DEFAULT-VALUE})")
    private String recipe;

    @CommandLine.Option(
            names = "--clean",
            paramLabel = "DIR",
            description = "clean photographs without ratings, from which the model learns what damage does;"
                    + " without them the best rated pictures serve")
    private List<Path> clean = List.of();

    @CommandLine.Option(
            names = "--large",
            paramLabel = "DIR",
            description =
                    "photographs of many megapixels; how far their score moves at other sizes is measured and told in the card")
    private List<Path> large = List.of();

    @CommandLine.Option(
            names = "--group",
            paramLabel = "REGEX",
            description = "first capture in the file name is the collection; each is measured by itself")
    private @Nullable String group;

    @CommandLine.Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description =
                    "the package is written to DIR/package, what a repeated run need not compute again to DIR/checkpoints")
    private Path out;

    @Override
    public Integer call() {
        if (!base.equals("none")) {
            throw wrong("--base " + base + " is not in this version: it trains from scratch, --base none");
        }
        if (splits.size() > 1 && splits.size() != labels.size()) {
            throw wrong(labels.size() + " --labels need as many --splits, or one for all, or none");
        }
        if (Files.exists(out.resolve(SmallPackage.DIRECTORY))) {
            throw wrong(out.resolve(SmallPackage.DIRECTORY) + " exists; packages are never overwritten");
        }
        Recipe.Source source = Recipe.read(recipe);
        List<TrainRequest.DataSet> sets = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) {
            @Nullable Path division = splits.isEmpty() ? null : splits.get(splits.size() == 1 ? 0 : i);
            sets.add(dataSet(labels.get(i), division));
        }
        TrainRequest request = new TrainRequest(source, sets, clean, large, collection(), out, commandLine());
        PrintWriter err = spec.commandLine().getErr();
        try (ProgressBar bar = ProgressBar.on(err)) {
            new TrainingRun(request, bar).run();
        }
        PrintWriter print = spec.commandLine().getOut();
        print.println(out.resolve(SmallPackage.DIRECTORY));
        print.flush();
        return 0;
    }

    private TrainRequest.DataSet dataSet(WeightedSource source, @Nullable Path division) {
        Path file = source.path();
        List<Rated> all = Ratings.read(file, labelHints.hints());
        Map<String, String> digests = new TreeMap<>();
        if (Files.isRegularFile(file)) { // the stars of a folder are spread over its files
            digests.put(file.getFileName().toString(), digest(file));
        }
        String name = Ratings.setName(file);
        if (division == null) {
            return new TrainRequest.DataSet(name, all, List.of(), List.of(), source.weight(), digests);
        }
        digests.put(division.getFileName().toString(), digest(division));
        SplitsCsv read = SplitsCsv.read(division);
        return new TrainRequest.DataSet(
                name,
                read.select(all, train),
                read.has(val) ? read.select(all, val) : List.of(),
                test == null ? List.of() : read.select(all, test),
                source.weight(),
                digests);
    }

    private static String digest(Path file) {
        try {
            return Digests.sha256(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot read " + file + ": " + e, e);
        }
    }

    /** The command as another machine would give it: files by their last two names only, as where they lie is nobody's business. */
    private String commandLine() {
        StringBuilder line = new StringBuilder("./loupe train");
        labels.forEach(source -> {
            line.append(" --labels ").append(tail(source.path()));
            if (source.weight() != 1) {
                line.append('=').append(source.weight());
            }
        });
        splits.forEach(file -> line.append(" --splits ").append(tail(file)));
        if (!splits.isEmpty()) {
            line.append(" --split ").append(train).append(" --val ").append(val);
        }
        if (test != null) {
            line.append(" --test ").append(test);
        }
        clean.forEach(dir -> line.append(" --clean ").append(tail(dir)));
        large.forEach(dir -> line.append(" --large ").append(dir.getFileName()));
        if (group != null) {
            line.append(" --group '").append(group).append('\'');
        }
        return line.append(" --recipe ")
                .append(Path.of(recipe).getFileName())
                .append(" --out OUT")
                .toString();
    }

    private static String tail(Path path) {
        Path whole = path.toAbsolutePath().normalize();
        int names = whole.getNameCount();
        return whole.subpath(Math.max(0, names - 2), names).toString();
    }

    private @Nullable Pattern collection() {
        if (group == null) {
            return null;
        }
        try {
            return Pattern.compile(group);
        } catch (PatternSyntaxException e) {
            throw wrong("--group is no regular expression: " + e.getDescription());
        }
    }

    private CommandLine.ParameterException wrong(String what) {
        return new CommandLine.ParameterException(spec.commandLine(), what);
    }
}
