package org.loupe.training;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.report.Reports;
import org.loupe.training.loop.PredictionsCsv;
import org.loupe.training.plan.TrainingPlan;
import org.loupe.training.recipe.DataSection;
import picocli.CommandLine;

/** {@code loupe train}. */
@CommandLine.Command(
        name = "train",
        sortOptions = false,
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
    /** What is about statistics, heads and damaged copies, which a OneAlign has not. */
    private static final Set<String> SMALL_ONLY = Set.of("--levels", "--mapping", "--clean", "--large", "--teacher");

    /** What is decided already in a small model that is tuned. */
    private static final Set<String> SCRATCH_ONLY =
            Set.of("--levels", "--mapping", "--clean", "--large", "--teacher", "--objective", "--seed");

    /** What a small model is called unless somebody says; never like the bundled one. */
    private static final String SOMEBODYS = "mine";

    private static final double GIB = 1L << 30;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Mixin
    private DataOptions data;

    @CommandLine.Option(
            names = "--base",
            defaultValue = "none",
            paramLabel = "none|MODEL|DIR",
            description =
                    "what to start from: none, a small model from scratch; a small model package, by name or directory; or the"
                            + " directory of a OneAlign checkpoint"
                            + " (default: ${DEFAULT-VALUE})")
    private String base;

    @CommandLine.ArgGroup(
            validate = false,
            heading =
                    "%nFor the directory of a OneAlign checkpoint as --base; those before --train-device may stand in a recipe:%n")
    private OneAlignOptions oneAlign = new OneAlignOptions();

    @CommandLine.Option(
            names = "--plan",
            description = "print parameters, memory and time, and do nothing else; exit code 1 if it does not fit")
    private boolean plan;

    @CommandLine.Option(
            names = "--memory",
            paramLabel = "GIB",
            description = "plan for so much memory rather than for what is free here")
    private @Nullable Double memory;

    @CommandLine.Option(
            names = "--resume",
            description =
                    "goes on from the check points below --out, with the options the run began with, to the same result")
    private boolean resume;

    @CommandLine.Mixin
    private HeadOptions heads;

    @CommandLine.Option(
            names = "--recipe",
            paramLabel = "YAML",
            description = {
                "a file, or a recipe that is shipped: " + Recipe.DEFAULT
                        + ", the default; with the directory of a OneAlign checkpoint"
                        + " one-align-lora or one-align-full, the default being that of --tuning. What is typed counts instead of what it says"
            })
    private @Nullable String recipe;

    @CommandLine.Option(
            names = "--teacher",
            paramLabel = "DIR",
            description = "folder of an unpacked npm package that the recipe names (npm pack nsfwjs@4.4.0; tar xzf"
                    + " nsfwjs-4.4.0.tgz): its network shows the model's convolutional part anew what is in a picture, an hour"
                    + " for some thousand pictures; nothing of it goes into the package. Without it the convolutional part of the"
                    + " bundled loupe-small is taken as it is")
    private @Nullable Path teacher;

    @CommandLine.Option(
            names = "--name",
            paramLabel = "NAME",
            description =
                    "what the model or adapter is called (default: mine, or what a recipe says that is named; a tuned small model is called as"
                            + " before with -tuned, a OneAlign tuned)")
    private @Nullable String name;

    @CommandLine.Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "the package is written to DIR/package, log and manifest of the run beside it, what a resumed run need not"
                            + " compute again to DIR/checkpoints")
    private @Nullable Path out;

    @Override
    public Integer call() {
        boolean checkpoint = isCheckpoint(base);
        if (!base.equals("none") && !checkpoint && !TuneRun.isPackage(base)) {
            throw wrong("--base " + base
                    + " is neither a small model package nor a directory with the config.json of a OneAlign checkpoint;"
                    + " --base none trains a small model from scratch");
        }
        refuseWithoutEffect(checkpoint);
        return checkpoint ? oneAlign() : small();
    }

    /** @return whether a base names a checkpoint rather than a package */
    private static boolean isCheckpoint(String base) {
        Path directory = Path.of(base);
        return Files.isRegularFile(directory.resolve("config.json")) && !Files.exists(directory.resolve("model.json"));
    }

    /** @return a base as another machine would name it */
    private static String named(String base) {
        return Files.isDirectory(Path.of(base)) ? DataSection.tail(Path.of(base)) : base;
    }

    /** Who types an option that nothing looks at believes in what will not happen. */
    private void refuseWithoutEffect(boolean checkpoint) {
        if (checkpoint) {
            refuse(SMALL_ONLY, "only for a small model, not for a OneAlign checkpoint");
            return;
        }
        refuse(
                spec.argGroups().get(0).allOptionsNested().stream()
                        .map(CommandLine.Model.OptionSpec::longestName)
                        .toList(),
                "only for the directory of a OneAlign checkpoint, which --base names");
        if (!base.equals("none")) {
            refuse(SCRATCH_ONLY, "only for --base none: a model that is tuned keeps all but its scores");
        }
        if (recipe != null && OneAlignRecipe.isShipped(recipe)) {
            throw wrong("--recipe " + recipe + " is for the directory of a OneAlign checkpoint, which --base names");
        }
    }

    private void refuse(Collection<String> options, String why) {
        List<String> idle = options.stream()
                .filter(option -> spec.commandLine().getParseResult().hasMatchedOption(option))
                .sorted()
                .toList();
        if (!idle.isEmpty()) {
            throw wrong(String.join(", ", idle) + ": " + why);
        }
    }

    private int oneAlign() {
        OneAlignRecipe given = recipe == null ? OneAlignRecipe.NOTHING : OneAlignRecipe.read(recipe);
        OneAlignSettings settings = new OneAlignSettings(
                oneAlign.typed(heads.objective(), heads.seed()), given, oneAlign, name == null ? "tuned" : name);
        DataOptions.Chosen chosen = data.over(given.data() == null ? DataSection.NONE : given.data());
        OneAlignRun run = new OneAlignRun(Path.of(base), chosen.sets(), settings, limit());
        if (plan) {
            return print(run.plan());
        }
        Path directory = out();
        Path written;
        try (ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
            String command = "./loupe train" + data.typed()
                    + (recipe == null ? "" : " --recipe " + Path.of(recipe).getFileName())
                    + " --base " + named(base) + settings.typed() + typedName() + " --out OUT";
            written = run.run(directory, resume, command, bar);
        }
        return finish(directory, chosen, written);
    }

    private int small() {
        String reference = recipe == null ? Recipe.DEFAULT : recipe;
        Recipe.Source read = heads.over(Recipe.read(reference));
        if (name == null && recipe == null && base.equals("none")) {
            name = SOMEBODYS;
        }
        read = name != null && reference.equals(Recipe.DEFAULT) ? read.ofSomebody(name) : read.named(name);
        @Nullable DataSection section = read.recipe().data();
        DataOptions.Chosen chosen = data.over(section == null ? DataSection.NONE : section);
        if (plan) {
            return print(
                    base.equals("none")
                            ? SmallPlan.of(read.recipe(), chosen, limit())
                            : SmallPlan.ofTuning(chosen, limit()));
        }
        Path directory = out();
        Remains.clear(directory, List.of(SmallPackage.DIRECTORY), resume);
        TrainRequest request = new TrainRequest(
                read,
                chosen.sets(),
                chosen.clean(),
                teacher,
                chosen.large(),
                chosen.group(),
                directory,
                resume,
                "./loupe train" + data.typed()
                        + (base.equals("none") ? "" : " --base " + named(base))
                        + (teacher == null ? "" : " --teacher " + teacher.getFileName())
                        + heads.typed() + typedName() + " --recipe "
                        + Path.of(reference).getFileName() + " --out OUT");
        try (ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
            if (base.equals("none")) {
                new TrainingRun(request, bar).run();
            } else {
                new TuneRun(request, base, name, bar).run();
            }
        }
        return finish(directory, chosen, directory.resolve(SmallPackage.DIRECTORY));
    }

    private String typedName() {
        return name == null ? "" : " --name " + name;
    }

    /** @return the memory that was named; null for what is free where it will run */
    private TrainingPlan.@Nullable Limit limit() {
        return memory == null ? null : new TrainingPlan.Limit((long) (memory * GIB), "the machine it is planned for");
    }

    private Path out() {
        if (out == null) {
            throw wrong("--out is missing; only --plan does without");
        }
        return out;
    }

    private int print(TrainingPlan planned) {
        PrintWriter print = spec.commandLine().getOut();
        planned.lines().forEach(print::println);
        print.flush();
        return planned.fits() ? 0 : 1;
    }

    private int finish(Path directory, DataOptions.Chosen chosen, Path written) {
        if (Files.isRegularFile(directory.resolve(PredictionsCsv.FILE))) { // else nothing was held out to be shown
            PrintWriter err = spec.commandLine().getErr();
            try (ProgressBar bar = ProgressBar.on(err)) {
                Path page = Reports.ofRun(
                        directory,
                        chosen.places(),
                        chosen.group(),
                        (done, all) -> bar.at("Making thumbnails", done, all));
                bar.println("What was learned, to look at: " + page);
            }
        }
        PrintWriter print = spec.commandLine().getOut();
        print.println(written);
        print.flush();
        return 0;
    }

    private CommandLine.ParameterException wrong(String what) {
        return new CommandLine.ParameterException(spec.commandLine(), what);
    }
}
