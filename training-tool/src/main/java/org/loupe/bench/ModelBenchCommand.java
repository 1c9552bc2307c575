package org.loupe.bench;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import picocli.CommandLine;

/** {@code loupe model bench}. */
@CommandLine.Command(
        name = "bench",
        description = {
            "Measures how fast a model is, where its time goes and what the second task costs.",
            "Everything compared is run in turns, so close other programs and believe ratios before milliseconds."
        },
        footer = {
            "",
            "Example: loupe model bench --model ./one-align-int8 --threads 8",
            "         loupe model bench --checkpoint ./one-align --format markdown > bench.md"
        })
final class ModelBenchCommand implements Callable<Integer> {
    private enum Format {
        table,
        json
    }

    private static final int MOST_THREADS = 256;
    private static final int MOST_ROUNDS = 1000;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(
            names = "--model",
            required = true,
            paramLabel = "REF",
            description = "bundled name, directory or name/version of the store")
    private String model;

    @CommandLine.Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            description =
                    "the checkpoint the package was made from: its weights for the eager network it is compared with")
    private @Nullable Path checkpoint;

    @CommandLine.Option(
            names = "--threads",
            defaultValue = "0",
            paramLabel = "N",
            description = "threads of one run; 0 takes one for each processor (default: ${DEFAULT-VALUE})")
    private int threads;

    @CommandLine.Option(
            names = "--rounds",
            defaultValue = "" + PackageBench.LEAST_ROUNDS,
            paramLabel = "N",
            description = "runs the medians are taken over, at least " + PackageBench.LEAST_ROUNDS
                    + " (default: ${DEFAULT-VALUE})")
    private int rounds;

    @CommandLine.Option(
            names = "--format",
            defaultValue = "table",
            paramLabel = "table|json",
            description = "json: one object with the keys device, threads, precision, parts, bothTasksOverTwiceOneTask,"
                    + " eagerOverGraph (default: ${DEFAULT-VALUE})")
    private Format format;

    @Override
    public Integer call() {
        if (threads < 0 || threads > MOST_THREADS) {
            throw wrong("--threads must be 0 to " + MOST_THREADS + ", was " + threads);
        }
        if (rounds < PackageBench.LEAST_ROUNDS || rounds > MOST_ROUNDS) {
            throw wrong("--rounds must be " + PackageBench.LEAST_ROUNDS + " to " + MOST_ROUNDS + ", was " + rounds);
        }
        int used = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        PrintWriter err = spec.commandLine().getErr();
        PrintWriter out = spec.commandLine().getOut();
        try (ModelPackage opened = ModelResolver.standard().open(model)) {
            PackageBench.Outcome outcome;
            try (ProgressBar bar = ProgressBar.on(err)) {
                outcome = new PackageBench(opened, used, rounds, checkpoint).measure(bar::at);
            }
            if (format == Format.json) {
                out.println(Report.json(outcome.figures()));
                print(err, outcome.notes());
            } else {
                print(out, Report.table(opened.manifest(), outcome));
            }
            out.flush();
        }
        return 0;
    }

    private static void print(PrintWriter to, List<String> lines) {
        lines.forEach(to::println);
        to.flush();
    }

    private CommandLine.ParameterException wrong(String what) {
        return new CommandLine.ParameterException(spec.commandLine(), what);
    }
}
