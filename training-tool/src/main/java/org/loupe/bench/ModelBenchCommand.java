package org.loupe.bench;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.device.DeviceChoice;
import org.loupe.engine.EngineConfig;
import org.loupe.export.Precision;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import picocli.CommandLine;

/** {@code loupe model bench}. */
@CommandLine.Command(
        name = "bench",
        description = {
            "Measures how fast a model is, where its time goes and what the second task costs: one package with --model, or with"
                    + " --checkpoint alone every precision that could be made of a checkpoint, side by side.",
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
        json,
        markdown
    }

    private static final int MOST_THREADS = 256;
    private static final int MOST_ROUNDS = 1000;
    /** What a server puts into one run at most. */
    private static final int MOST_PHOTOS = 256;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(
            names = "--model",
            paramLabel = "REF",
            description = "the package to measure: bundled name, directory or name/version of the store")
    private @Nullable String model;

    @CommandLine.Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            description =
                    "without --model: the checkpoint to make variants of and compare; with it: the eager network's weights")
    private @Nullable Path checkpoint;

    @CommandLine.Option(
            names = "--precisions",
            split = ",",
            paramLabel = "P",
            description = "variants to compare, of fp32, fp16, int8, int4 (default: all)")
    private @Nullable List<String> precisions;

    @CommandLine.Option(
            names = "--batches",
            split = ",",
            defaultValue = "1,2,4,8,16,32",
            paramLabel = "N",
            description = "photos in one run, for the comparison (default: ${DEFAULT-VALUE})")
    private List<Integer> batches;

    @CommandLine.Option(
            names = "--work",
            paramLabel = "DIR",
            description =
                    "where variants are built, one at a time; needs 4 bytes a parameter (default: the temporary directory)")
    private @Nullable Path work;

    @CommandLine.Option(
            names = "--device",
            defaultValue = "auto",
            paramLabel = "DEVICE",
            description =
                    DeviceChoice.SYNTAX + "; the eager network always takes the processor (default: ${DEFAULT-VALUE})")
    private String device;

    @CommandLine.Option(
            names = "--without-eager",
            description =
                    "measure packages alone, without the eager network they are compared with and the libtorch that takes")
    private boolean withoutEager;

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
            paramLabel = "table|json|markdown",
            description =
                    "json of a package: one object with the keys device, threads, precision, parts, bothTasksOverTwiceOneTask,"
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
        EngineConfig engine = EngineConfig.DEFAULT.withThreads(used).withDevice(device);
        if (model != null) {
            measure(model, engine, used);
        } else if (checkpoint != null) {
            compare(checkpoint, engine, used);
        } else {
            throw wrong("say what to measure: --model REF or --checkpoint DIR");
        }
        return 0;
    }

    private void measure(String reference, EngineConfig engine, int used) {
        PrintWriter out = spec.commandLine().getOut();
        try (ModelPackage opened = ModelResolver.standard().open(reference)) {
            PackageBench.Outcome outcome;
            try (ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
                PackageBench bench = new PackageBench(opened, engine, used, rounds, checkpoint);
                outcome = (withoutEager ? bench.withoutEager() : bench).measure(bar::at);
            }
            if (format == Format.json) {
                print(out, List.of(Report.json(outcome.figures())));
                print(spec.commandLine().getErr(), outcome.notes());
            } else {
                print(out, Report.table(opened.manifest(), outcome));
            }
        }
    }

    private void compare(Path source, EngineConfig engine, int used) {
        for (int photos : batches) {
            if (photos < 1 || photos > MOST_PHOTOS) {
                throw wrong("--batches must be 1 to " + MOST_PHOTOS + " photos, was " + photos);
            }
        }
        Path scratch = work == null ? Path.of(System.getProperty("java.io.tmpdir")) : work;
        Comparison comparison = new Comparison(source, engine, used, rounds, wanted(), batches);
        Comparison.Outcome outcome;
        try (ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
            outcome = (withoutEager ? comparison.withoutEager() : comparison).measure(scratch, bar::at);
        }
        print(
                spec.commandLine().getOut(),
                format == Format.json ? List.of(Report.json(outcome)) : Comparison.markdown(outcome));
    }

    private List<Precision> wanted() {
        if (precisions == null) {
            return List.of(Precision.values());
        }
        List<Precision> known = new ArrayList<>();
        for (String name : precisions) {
            known.add(Arrays.stream(Precision.values())
                    .filter(precision -> precision.id().equals(name))
                    .findFirst()
                    .orElseThrow(() -> wrong("--precisions takes fp32, fp16, int8 and int4, not " + name)));
        }
        return known;
    }

    private static void print(PrintWriter to, List<String> lines) {
        lines.forEach(to::println);
        to.flush();
    }

    private CommandLine.ParameterException wrong(String what) {
        return new CommandLine.ParameterException(spec.commandLine(), what);
    }
}
