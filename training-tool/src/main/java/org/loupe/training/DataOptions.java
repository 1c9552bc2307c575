package org.loupe.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.loupe.digest.Sha256;
import org.loupe.score.ScoringException;
import org.loupe.training.data.LabelHints;
import org.loupe.training.data.Rated;
import org.loupe.training.data.Ratings;
import org.loupe.training.data.SplitsCsv;
import org.loupe.training.data.WeightedSource;
import org.loupe.training.recipe.DataSection;
import picocli.CommandLine;

/** What {@code train} learns from: what was typed, before what a recipe says. */
final class DataOptions {
    private static final String TRAIN = "train";
    private static final String VAL = "val";

    @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(
            names = "--labels",
            paramLabel = "FILE[=WEIGHT]",
            converter = WeightedSource.Converter.class,
            description = {
                "rated pictures; may be given several times.",
                "CSV or JSON lines: file,task,mos,std,votes,scale_min,scale_max, or raw votes file,task,n1..nK; the reference's JSON;"
                        + " or a folder of photographs with stars (XMP sidecars, XMP or EXIF in the file).",
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
            paramLabel = "NAME",
            description = "part of --splits to learn from (default: " + TRAIN + ")")
    private @Nullable String train;

    @CommandLine.Option(
            names = "--val",
            paramLabel = "NAME",
            description =
                    "part to measure on before it is learned from as well; a OneAlign never learns from it (default: "
                            + VAL + ")")
    private @Nullable String val;

    @CommandLine.Option(
            names = "--test",
            paramLabel = "NAME",
            description = "part never learned from; the finished model is measured on it once, and card or report tell")
    private @Nullable String test;

    @CommandLine.Option(
            names = "--clean",
            paramLabel = "DIR",
            description = "clean photographs without ratings, from which the small model learns what damage does;"
                    + " without them the best rated pictures serve")
    private List<Path> clean = List.of();

    @CommandLine.Option(
            names = "--large",
            paramLabel = "DIR",
            description =
                    "photographs of many megapixels; how far the small model's score moves at other sizes is measured and"
                            + " told in the card")
    private List<Path> large = List.of();

    @CommandLine.Option(
            names = "--group",
            paramLabel = "REGEX",
            description = "first capture in the file name is the collection; each is measured by itself")
    private @Nullable String group;

    /**
     * What there is to learn from.
     *
     * @param sets rated media, divided
     * @param places directories in which the labels' pictures are looked for
     * @param clean directories of photographs without ratings
     * @param large directories of photographs of many megapixels
     * @param group finds the collection in a picture's name; null for none
     */
    record Chosen(
            List<TrainRequest.DataSet> sets,
            List<Path> places,
            List<Path> clean,
            List<Path> large,
            @Nullable Pattern group) {}

    /**
     * Reads labels and splits.
     *
     * @param recipe what a recipe says, its paths absolute; counts where nothing was typed
     * @throws ScoringException INVALID_REQUEST if a file is wrong, IO_FAILED if one cannot be read
     * @throws CommandLine.ParameterException if the options contradict each other or nothing is named
     */
    Chosen over(DataSection recipe) {
        Parts parts = new Parts(
                first(train, recipe.split(), TRAIN),
                first(val, recipe.val(), VAL),
                test == null ? recipe.test() : test);
        return new Chosen(
                labels.isEmpty() ? ofRecipe(recipe, parts) : typed(parts),
                labels.isEmpty()
                        ? recipe.sets().stream()
                                .map(source -> place(Path.of(source.labels())))
                                .toList()
                        : labels.stream().map(source -> place(source.path())).toList(),
                clean.isEmpty() ? recipe.clean().stream().map(Path::of).toList() : clean,
                large.isEmpty() ? recipe.large().stream().map(Path::of).toList() : large,
                collection(group == null ? recipe.group() : group));
    }

    private static String first(@Nullable String typed, @Nullable String recipe, String usual) {
        return typed != null ? typed : recipe != null ? recipe : usual;
    }

    private record Parts(String train, String val, @Nullable String test) {}

    private List<TrainRequest.DataSet> ofRecipe(DataSection recipe, Parts parts) {
        if (recipe.sets().isEmpty()) {
            throw wrong("there is nothing to learn from: give --labels, or a --recipe with a section `data`");
        }
        if (!splits.isEmpty()) {
            throw wrong("--splits divides --labels; the sets of a recipe name their own");
        }
        List<TrainRequest.DataSet> sets = new ArrayList<>();
        for (DataSection.RatedSource source : recipe.sets()) {
            @Nullable String division = source.splits();
            sets.add(dataSet(
                    Path.of(source.labels()),
                    source.weight(),
                    source.read(),
                    division == null ? null : Path.of(division),
                    parts));
        }
        return sets;
    }

    private List<TrainRequest.DataSet> typed(Parts parts) {
        if (splits.size() > 1 && splits.size() != labels.size()) {
            throw wrong(labels.size() + " --labels need as many --splits, or one for all, or none");
        }
        List<TrainRequest.DataSet> sets = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) {
            WeightedSource source = labels.get(i);
            @Nullable Path division = splits.isEmpty() ? null : splits.get(splits.size() == 1 ? 0 : i);
            sets.add(dataSet(
                    source.path(), source.weight(), Ratings.read(source.path(), labelHints.hints()), division, parts));
        }
        return sets;
    }

    private static TrainRequest.DataSet dataSet(
            Path file, double weight, List<Rated> all, @Nullable Path division, Parts parts) {
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
                read.select(all, parts.train()),
                read.has(parts.val()) ? read.select(all, parts.val()) : List.of(),
                parts.test() == null ? List.of() : read.select(all, parts.test()),
                weight,
                digests);
    }

    private static String digest(Path file) {
        try {
            return Sha256.hex(Files.readAllBytes(file));
        } catch (IOException e) {
            throw ScoringException.cannotRead(file, e);
        }
    }

    /** Labels name pictures from their own directory. */
    private static Path place(Path source) {
        Path file = source.toAbsolutePath().normalize();
        return Files.isDirectory(file) ? file : file.resolveSibling("");
    }

    private @Nullable Pattern collection(@Nullable String regex) {
        if (regex == null) {
            return null;
        }
        try {
            return Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw wrong("--group is no regular expression: " + e.getDescription());
        }
    }

    /** @return what was typed, as another machine would give it: files by their last two names only */
    String typed() {
        StringBuilder line = new StringBuilder();
        labels.forEach(source -> {
            line.append(" --labels ").append(DataSection.tail(source.path()));
            if (source.weight() != 1) {
                line.append('=').append(source.weight());
            }
        });
        line.append(labelHints.typed());
        splits.forEach(file -> line.append(" --splits ").append(DataSection.tail(file)));
        if (!splits.isEmpty() || train != null || val != null) {
            line.append(" --split ")
                    .append(first(train, null, TRAIN))
                    .append(" --val ")
                    .append(first(val, null, VAL));
        }
        if (test != null) {
            line.append(" --test ").append(test);
        }
        clean.forEach(dir -> line.append(" --clean ").append(DataSection.tail(dir)));
        large.forEach(dir -> line.append(" --large ").append(dir.getFileName()));
        if (group != null) {
            line.append(" --group '").append(group).append('\'');
        }
        return line.toString();
    }

    private CommandLine.ParameterException wrong(String what) {
        return new CommandLine.ParameterException(spec.commandLine(), what);
    }
}
