package org.loupe.training.experiment;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.digest.Sha256;
import org.loupe.export.small.FeatureGraph;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.export.small.SmallModelReader;
import org.loupe.modelpackage.BundledModels;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import org.loupe.report.Study;
import org.loupe.report.StudyPage;
import org.loupe.report.StudyText;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.LabelHints;
import org.loupe.training.loop.RunManifest;
import picocli.CommandLine;

/** {@code loupe experiment run}. */
@CommandLine.Command(
        name = "run",
        description = {
            "Runs an experiment and writes its tables as result.md, result.html and result.json.",
            "Pictures are looked at once; what was seen is kept beside the results and serves the next experiment in the same place.",
            "",
            "  ./loupe experiment run level-count --data biq=biq/labels.csv --data oasis=oasis/labels.csv --seeds 5"
        })
final class ExperimentRunCommand implements Callable<Integer> {
    private static final String CACHE = "features";

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Parameters(paramLabel = "RECIPE", description = "a file, or a name that `experiment list` tells")
    private String recipe;

    @CommandLine.Option(
            names = "--data",
            required = true,
            paramLabel = "NAME=LABELS",
            description = "rated pictures and what to call them; may be given several times")
    private Map<String, Path> data = new LinkedHashMap<>();

    @CommandLine.Mixin
    private LabelHints labelHints;

    @CommandLine.Option(
            names = "--splits",
            paramLabel = "NAME=CSV",
            description = "file,split of a set, where only some parts of it shall be used")
    private Map<String, Path> splits = new LinkedHashMap<>();

    @CommandLine.Option(
            names = "--parts",
            split = ",",
            paramLabel = "NAME,...",
            description = "the parts of divided sets that are used, for instance train,val; all unless given")
    private List<String> parts = List.of();

    @CommandLine.Option(
            names = "--group",
            paramLabel = "REGEX",
            description =
                    "first capture in the file name is the collection; each is also measured by itself, and cross-set learns on each by itself")
    private @Nullable String group;

    @CommandLine.Option(
            names = "--seeds",
            defaultValue = "5",
            paramLabel = "N",
            description =
                    "how often everything is fitted, with other first weights and, unless folds are fixed, other folds (default: ${DEFAULT-VALUE})")
    private int seeds;

    @CommandLine.Option(
            names = "--model",
            defaultValue = BundledModels.DEFAULT,
            paramLabel = "REF",
            description =
                    "what one-align-published measures: a bundled name, directory or name/version (default: ${DEFAULT-VALUE})")
    private String model;

    @CommandLine.Option(
            names = "--out",
            defaultValue = "experiments",
            paramLabel = "DIR",
            description = "results go to DIR/RECIPE, features to DIR/features (default: ${DEFAULT-VALUE})")
    private Path out;

    @Override
    public Integer call() {
        if (seeds < 1 || seeds > 100) {
            throw wrong("--seeds must be 1 to 100, was " + seeds);
        }
        splits.keySet().stream()
                .filter(name -> !data.containsKey(name))
                .findFirst()
                .ifPresent(name -> {
                    throw wrong("--splits names " + name + ", which no --data does");
                });
        ExperimentRecipe read = ExperimentRecipe.read(recipe);
        Study study;
        try (ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
            SetReader reader = new SetReader(splits, parts, bar);
            List<RatedSet> sets = reader.ratings(data, labelHints.hints());
            Map<String, String> facts = facts(read, sets);
            Optional<Network> network =
                    read.kind() == ExperimentRecipe.Kind.PUBLISHED ? Optional.empty() : network(facts);
            Supplier<List<RatedSet>> seen = () -> reader.withFeatures(sets, out.resolve(CACHE), network);
            ExperimentRun run = new ExperimentRun(read, FeatureGraph.names(network), seeds, bar);
            List<Study.Table> tables =
                    switch (read.kind()) {
                        case ARMS -> run.arms(seen.get(), collection());
                        case CROSS -> run.cross(SetReader.byCollection(seen.get(), collection()));
                        case PEOPLE -> run.people(seen.get());
                        case PUBLISHED -> run.published(sets, model);
                    };
            study = new Study(read.title(), read.question(), tables, facts);
        }
        Path directory = out.resolve(read.name());
        write(study, directory);
        spec.commandLine().getOut().println(StudyText.markdown(study));
        spec.commandLine().getOut().flush();
        return 0;
    }

    /** The bundled model's convolutional part: it looked at no rating, so it may see pictures of every fold. */
    private static Optional<Network> network(Map<String, String> facts) {
        try (ModelPackage bundled = ModelResolver.standard().open(BundledModels.DEFAULT)) {
            Optional<Network> network = SmallModelReader.readNetwork(bundled.directory());
            facts.put(
                    "Inputs",
                    FeatureGraph.names().size() + " statistics and "
                            + network.map(Network::outputs).orElse(0) + " outputs of the network of "
                            + bundled.manifest().ref());
            return network;
        }
    }

    private Map<String, String> facts(ExperimentRecipe read, List<RatedSet> sets) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("Command", commandLine(read.kind()));
        facts.put("Sets", ExperimentRun.facts(sets));
        data.forEach((name, labels) -> digest("Labels of " + name, labels, facts));
        splits.forEach((name, file) -> digest("Splits of " + name, file, facts));
        facts.put("Recipe", new ObjectMapper().valueToTree(read).toString());
        facts.put("Versions", RunManifest.installed().toString());
        return facts;
    }

    private static void digest(String name, Path file, Map<String, String> facts) {
        if (Files.isRegularFile(file)) { // the stars of a folder are spread over its files
            try {
                facts.put(name, "SHA-256 " + Sha256.hex(Files.readAllBytes(file)));
            } catch (IOException e) {
                throw ScoringException.cannotRead(file, e);
            }
        }
    }

    /** The command as another machine would give it: where files lie is nobody's business. */
    private String commandLine(ExperimentRecipe.Kind kind) {
        StringBuilder line = new StringBuilder("./loupe experiment run ")
                .append(Path.of(recipe).getFileName());
        data.forEach(
                (name, file) -> line.append(" --data ").append(name).append('=').append(file.getFileName()));
        splits.forEach((name, file) ->
                line.append(" --splits ").append(name).append('=').append(file.getFileName()));
        line.append(labelHints.typed());
        if (!parts.isEmpty()) {
            line.append(" --parts ").append(String.join(",", parts));
        }
        if (group != null) {
            line.append(" --group '").append(group).append('\'');
        }
        if (kind == ExperimentRecipe.Kind.PUBLISHED) {
            return line.append(" --model ").append(Path.of(model).getFileName()).toString();
        }
        return line.append(" --seeds ").append(seeds).toString();
    }

    private static void write(Study study, Path directory) {
        StudyPage.write(study, directory.resolve("result.html"));
        try {
            Files.writeString(directory.resolve("result.md"), StudyText.markdown(study));
            Files.writeString(
                    directory.resolve("result.json"),
                    new ObjectMapper()
                            .enable(SerializationFeature.INDENT_OUTPUT)
                            .writeValueAsString(study));
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot write to " + directory + ": " + e, e);
        }
    }

    private @Nullable Pattern collection() {
        try {
            return group == null ? null : Pattern.compile(group);
        } catch (PatternSyntaxException e) {
            throw wrong("--group is no regular expression: " + e.getDescription());
        }
    }

    private CommandLine.ParameterException wrong(String what) {
        return new CommandLine.ParameterException(spec.commandLine(), what);
    }
}
