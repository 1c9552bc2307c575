package org.loupe.training;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.digest.Sha256;
import org.loupe.report.Reports;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.LabelHints;
import org.loupe.training.data.Rated;
import org.loupe.training.data.Ratings;
import org.loupe.training.data.SplitsCsv;
import org.loupe.training.data.WeightedSource;
import org.loupe.training.loop.PredictionsCsv;
import org.loupe.training.loop.RunManifest;
import org.loupe.training.plan.TrainingPlan;
import org.loupe.training.recipe.DataSection;
import picocli.CommandLine;

/** {@code loupe train}. */
@CommandLine.Command(
        name = "train",
        description = {
            "Teaches a small model a library's taste from rated pictures and writes it as a model package.",
            "A head is trained for every task the labels hold. Some fifty pictures are enough to try it, some hundreds to rely on it.",
            "With --base loupe-small, or a small package's directory, that model is tuned: some 200 ratings of one curator, minutes.",
            "With --base DIR, the directory of a OneAlign checkpoint, that network is tuned instead: low-rank terms by default, which become"
                    + " an adapter; --plan tells beforehand what it takes."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  loupe train --labels ratings.csv --out runs/mine",
            "  loupe train --labels ratings.csv --base loupe-small --out runs/tuned",
            "  loupe train --labels ratings.csv --splits splits.csv --base one-align --package models/one-align --out runs/mine",
            "  loupe train --labels ratings.csv --base one-align --tuning full --memory 80 --plan"
        })
final class TrainCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(
            names = "--labels",
            paramLabel = "FILE[=WEIGHT]",
            converter = WeightedSource.Converter.class,
            description = {
                "rated pictures; may be given several times. CSV or JSON lines: file,task,mos,std,votes,scale_min,scale_max, or raw votes",
                "file,task,n1..nK; the reference's JSON; or a folder of photographs with stars (XMP sidecars, XMP or EXIF in the file).",
                "A weight tells how often pictures of a set are seen beside those of a set of weight 1: --labels a.csv=1 --labels b.csv=5.",
                "A recipe's section `data` may name them instead, and splits, group and directories with them; what is typed counts"
            })
    private List<WeightedSource> labels = List.of();

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
            paramLabel = "none|MODEL|DIR",
            description =
                    "what to start from: none, a small model from scratch; a small model package, by name or directory; or the"
                            + " directory of a OneAlign checkpoint"
                            + " (default: ${DEFAULT-VALUE})")
    private String base;

    @CommandLine.Mixin
    private OneAlignOptions oneAlign;

    @CommandLine.Option(
            names = "--plan",
            description = "print parameters, memory and time, and do nothing else; exit code 1 if it does not fit")
    private boolean plan;

    @CommandLine.Option(
            names = "--resume",
            description =
                    "goes on from the check points below --out, with the options the run began with, to the same result")
    private boolean resume;

    @CommandLine.Mixin
    private HeadOptions heads;

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
            names = "--teacher",
            paramLabel = "DIR",
            description = {
                "folder of an unpacked npm package that the recipe names (npm pack nsfwjs@4.4.0; tar xzf nsfwjs-4.4.0.tgz): its network",
                "shows the model's convolutional part anew what is in a picture, an hour for some thousand pictures; nothing of it",
                "goes into the package. Without it the convolutional part of the bundled loupe-small is taken as it is"
            })
    private @Nullable Path teacher;

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
            paramLabel = "DIR",
            description =
                    "the package is written to DIR/package, log and manifest of the run beside it, what a resumed run need not"
                            + " compute again to DIR/checkpoints")
    private @Nullable Path out;

    private DataSection said = DataSection.NONE;

    @Override
    public Integer call() {
        boolean checkpoint = OneAlignOptions.isCheckpoint(base);
        if (!base.equals("none") && !checkpoint && !TuneRun.isPackage(base)) {
            throw wrong("--base " + base
                    + " is neither a small model package nor a directory with the config.json of a OneAlign checkpoint;"
                    + " --base none trains a small model from scratch");
        }
        if (teacher != null && !base.equals("none")) {
            throw wrong("--teacher goes with --base none: a model that is tuned keeps its convolutional part");
        }
        fillIn(Recipe.data(recipe));
        List<TrainRequest.DataSet> sets = sets();
        if (checkpoint) {
            oneAlign.objective(heads.objective());
            oneAlign.questions(said.questions(), this::typed);
        }
        if (plan) {
            return plan(checkpoint, sets);
        }
        if (out == null) {
            throw wrong("--out is missing; only --plan does without");
        }
        Path written = checkpoint ? oneAlign(sets, out) : small(sets, out);
        report(out);
        print(written);
        return 0;
    }

    /** What the recipe says of data, where nothing was typed. */
    private void fillIn(DataSection section) {
        said = section;
        train = typed("--split") || said.split() == null ? train : said.split();
        val = typed("--val") || said.val() == null ? val : said.val();
        test = typed("--test") ? test : said.test();
        group = typed("--group") ? group : said.group();
        clean = typed("--clean") ? clean : said.clean().stream().map(Path::of).toList();
        large = typed("--large") ? large : said.large().stream().map(Path::of).toList();
    }

    private boolean typed(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    private List<TrainRequest.DataSet> sets() {
        if (labels.isEmpty() && said.sets().isEmpty()) {
            throw wrong("there is nothing to learn from: give --labels, or a --recipe with a section `data`");
        }
        List<TrainRequest.DataSet> sets = new ArrayList<>();
        if (labels.isEmpty()) {
            if (!splits.isEmpty()) {
                throw wrong("--splits divides --labels; the sets of a recipe name their own");
            }
            for (DataSection.RatedSource source : said.sets()) {
                @Nullable String division = source.splits();
                sets.add(dataSet(
                        Path.of(source.labels()),
                        source.weight(),
                        source.read(),
                        division == null ? null : Path.of(division)));
            }
            return sets;
        }
        if (splits.size() > 1 && splits.size() != labels.size()) {
            throw wrong(labels.size() + " --labels need as many --splits, or one for all, or none");
        }
        for (int i = 0; i < labels.size(); i++) {
            WeightedSource source = labels.get(i);
            @Nullable Path division = splits.isEmpty() ? null : splits.get(splits.size() == 1 ? 0 : i);
            sets.add(
                    dataSet(source.path(), source.weight(), Ratings.read(source.path(), labelHints.hints()), division));
        }
        return sets;
    }

    private List<Path> sources() {
        return labels.isEmpty()
                ? said.sets().stream().map(source -> Path.of(source.labels())).toList()
                : labels.stream().map(WeightedSource::path).toList();
    }

    /** The page of the run. Pictures are looked for where the labels name them from. */
    private void report(Path directory) {
        if (!Files.isRegularFile(directory.resolve(PredictionsCsv.FILE))) {
            return; // nothing was held out, so there is nothing to show
        }
        List<Path> pictures = sources().stream()
                .map(source -> source.toAbsolutePath().normalize())
                .map(file -> Files.isDirectory(file) ? file : file.resolveSibling(""))
                .toList();
        PrintWriter err = spec.commandLine().getErr();
        try (ProgressBar bar = ProgressBar.on(err)) {
            Path page = Reports.ofRun(
                    directory, pictures, collection(), (done, all) -> bar.at("Making thumbnails", done, all));
            bar.println("What was learned, to look at: " + page);
        }
    }

    private int plan(boolean checkpoint, List<TrainRequest.DataSet> sets) {
        TrainingPlan planned = checkpoint
                ? new OneAlignRun(Path.of(base), sets, oneAlign).plan()
                : SmallPlan.of(heads.over(Recipe.read(recipe)).recipe(), sets);
        PrintWriter print = spec.commandLine().getOut();
        planned.lines().forEach(print::println);
        print.flush();
        return planned.fits() ? 0 : 1;
    }

    private Path oneAlign(List<TrainRequest.DataSet> sets, Path directory) {
        try (ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
            String command = commandLine()
                    + (said.equals(DataSection.NONE)
                            ? ""
                            : " --recipe " + Path.of(recipe).getFileName())
                    + " --base " + DataSection.tail(Path.of(base)) + oneAlign.typed() + " --out OUT";
            return new OneAlignRun(Path.of(base), sets, oneAlign).run(directory, resume, command, bar);
        }
    }

    private Path small(List<TrainRequest.DataSet> sets, Path directory) {
        removeRemains(directory);
        TrainRequest request = new TrainRequest(
                heads.over(Recipe.read(recipe)),
                sets,
                clean,
                teacher,
                large,
                collection(),
                directory,
                resume,
                smallCommandLine());
        try (ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
            if (base.equals("none")) {
                new TrainingRun(request, bar).run();
            } else {
                new TuneRun(request, base, bar).run();
            }
        }
        return directory.resolve(SmallPackage.DIRECTORY);
    }

    /** A package is complete once the manifest of its run lies beside it; a resumed run writes the last part anew. */
    private void removeRemains(Path directory) {
        Path there = directory.resolve(SmallPackage.DIRECTORY);
        if (!Files.exists(there)) {
            return;
        }
        if (!resume || Files.exists(directory.resolve(RunManifest.FILE))) {
            throw wrong(there + " exists; packages are never overwritten");
        }
        try (Stream<Path> files = Files.walk(there)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot remove the unfinished " + there + ": " + e, e);
        }
    }

    private void print(Path result) {
        PrintWriter print = spec.commandLine().getOut();
        print.println(result);
        print.flush();
    }

    private TrainRequest.DataSet dataSet(Path file, double weight, List<Rated> all, @Nullable Path division) {
        Map<String, String> digests = new TreeMap<>();
        if (Files.isRegularFile(file)) { // the stars of a folder are spread over its files
            digests.put(file.getFileName().toString(), digest(file));
        }
        String name = Ratings.setName(file);
        if (division == null) {
            return new TrainRequest.DataSet(name, all, List.of(), List.of(), weight, digests);
        }
        digests.put(division.getFileName().toString(), digest(division));
        SplitsCsv read = SplitsCsv.read(division);
        return new TrainRequest.DataSet(
                name,
                read.select(all, train),
                read.has(val) ? read.select(all, val) : List.of(),
                test == null ? List.of() : read.select(all, test),
                weight,
                digests);
    }

    private static String digest(Path file) {
        try {
            return Sha256.hex(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot read " + file + ": " + e, e);
        }
    }

    /** What was typed of data, as another machine would give it: files by their last two names only. */
    private String commandLine() {
        StringBuilder line = new StringBuilder("./loupe train");
        labels.forEach(source -> {
            line.append(" --labels ").append(DataSection.tail(source.path()));
            if (source.weight() != 1) {
                line.append('=').append(source.weight());
            }
        });
        splits.forEach(file -> line.append(" --splits ").append(DataSection.tail(file)));
        if (!splits.isEmpty() || typed("--split") || typed("--val")) {
            line.append(" --split ").append(train).append(" --val ").append(val);
        }
        if (typed("--test")) {
            line.append(" --test ").append(test);
        }
        if (typed("--clean")) {
            clean.forEach(dir -> line.append(" --clean ").append(DataSection.tail(dir)));
        }
        if (teacher != null) {
            line.append(" --teacher ").append(teacher.getFileName());
        }
        if (typed("--large")) {
            large.forEach(dir -> line.append(" --large ").append(dir.getFileName()));
        }
        if (typed("--group")) {
            line.append(" --group '").append(group).append('\'');
        }
        return line.toString();
    }

    private String smallCommandLine() {
        return commandLine() + heads.typed() + " --recipe " + Path.of(recipe).getFileName() + " --out OUT";
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
