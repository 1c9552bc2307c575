package org.loupe.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.loupe.client.ClientConfig;
import org.loupe.client.ScoreOptions;
import org.loupe.command.ProgressBar;
import org.loupe.decode.Orientation;
import org.loupe.device.DeviceChoice;
import org.loupe.engine.EngineConfig;
import org.loupe.modelpackage.BundledModels;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import picocli.CommandLine;

/** {@code loupe score}. */
@CommandLine.Command(
        name = "score",
        description = {
            "Scores photos and videos, in this process or on a running server.",
            "One bad file never stops the others; the exit code is 1 if any failed.",
            "Records go to standard output, one a line and in the order of the paths; progress goes to standard error."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  loupe score photo.jpg clip.mp4",
            "  loupe score ~/Pictures --recursive --format csv > scores.csv",
            "  loupe score ~/Pictures -r --task aesthetics --format json | sort ...",
            "  loupe score photo.jpg --model ~/models/one-align",
            "  loupe score clip.mp4 --timeline --segment-seconds 10 --cover cover.jpg",
            "  loupe score ~/Pictures -r --device cuda",
            "  LOUPE_TOKEN=... loupe score photo.jpg --server scorer.example.org:7431 --tls"
        })
final class ScoreCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Parameters(arity = "1..*", paramLabel = "PATH", description = "files, or folders of photos and videos")
    private List<Path> paths;

    @CommandLine.Option(
            names = {"-r", "--recursive"},
            description = "go into folders inside folders")
    private boolean recursive;

    @CommandLine.Option(
            names = "--task",
            split = ",",
            paramLabel = "TASK",
            description = "quality, aesthetics or both, separated by a comma (default: all the model has)")
    private @Nullable List<String> tasks;

    @CommandLine.Option(
            names = "--model",
            paramLabel = "REF",
            description = "a bundled name, a package's directory or zip, or name/version in the model store;"
                    + " with --server a model of that server (default: " + BundledModels.DEFAULT
                    + ", or the server's default)")
    private @Nullable String model;

    @CommandLine.Option(
            names = "--adapter",
            paramLabel = "NAME|DIR",
            description =
                    "score with this taste adapter of the model: a name or name/version in the store, or a package's"
                            + " directory or zip; with --server one that is loaded there")
    private @Nullable String adapter;

    @CommandLine.Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "what the model runs on in this process: " + DeviceChoice.SYNTAX
                    + " (default: auto, a GPU if one can really be used)")
    private @Nullable String device;

    @CommandLine.Mixin
    private ServerOptions server;

    @CommandLine.Option(
            names = "--ignore-orientation",
            description = "score the pixels as stored instead of upright, as the reference does")
    private boolean ignoreOrientation;

    @CommandLine.Option(
            names = "--timeline",
            description =
                    "also say how clips do over their time: bars in a table, the fields timeline, worst and cover in"
                            + " json; the frame of every second is scored alone, so a clip takes up to twice as long")
    private boolean timeline;

    @CommandLine.Option(
            names = "--segment-seconds",
            defaultValue = "" + ScoreOptions.DEFAULT_SEGMENT_SECONDS,
            paramLabel = "N",
            description = "length of the timeline's segments (default: ${DEFAULT-VALUE})")
    private int segmentSeconds;

    @CommandLine.Option(
            names = "--cover",
            paramLabel = "FILE",
            description =
                    "write the clip's best cover, by the mean of its scores, as JPEG; for one clip, implies --timeline")
    private @Nullable Path cover;

    @CommandLine.Option(
            names = "--format",
            defaultValue = "table",
            paramLabel = "table|json|csv",
            description = "how records are printed (default: ${DEFAULT-VALUE})")
    private OutputFormat format;

    @Override
    public Integer call() throws IOException, InterruptedException {
        checkTimeline();
        ScoreOptions options = new ScoreOptions(
                taskSet(),
                model == null || server.config().isEmpty() ? "" : model,
                adapter == null || server.config().isEmpty() ? "" : adapter,
                ignoreOrientation ? ScoreOptions.Orientation.IGNORE : ScoreOptions.Orientation.APPLY,
                timeline || cover != null ? segmentSeconds : 0,
                Optional.empty());
        MediaFiles media = new MediaFiles(recursive);
        List<Path> files = media.of(paths);
        try (FileScorer scorer = connect()) {
            int failed = scoreAll(scorer, files, options);
            if (files.isEmpty() || media.leftOut() > 0 || failed > 0) {
                spec.commandLine().getErr().println(summary(files.size(), failed, media.leftOut()));
            }
            return failed == 0 ? 0 : 1;
        }
    }

    private void checkTimeline() {
        if (segmentSeconds < 1 || segmentSeconds > ScoreOptions.MAX_SEGMENT_SECONDS) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--segment-seconds must be 1.." + ScoreOptions.MAX_SEGMENT_SECONDS + ", was " + segmentSeconds);
        }
        if (timeline && format == OutputFormat.CSV) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "a timeline does not fit into one CSV line: use --format json");
        }
        if (cover != null && (paths.size() != 1 || Files.isDirectory(paths.get(0)))) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--cover takes exactly one clip");
        }
    }

    /** Writes the cover where one is wanted. */
    private void writeCover(Path clip, ScoredMedia scored) {
        if (cover == null) {
            return;
        }
        int second = scored.timeline()
                .orElseThrow(() -> new ScoringException(
                        ErrorReason.INVALID_REQUEST, "is a photo, which is its own cover; none was written"))
                .cover()
                .second();
        CoverFile.write(clip, second, ignoreOrientation ? Orientation.IGNORE : Orientation.APPLY, cover);
    }

    private String summary(int files, int failed, int leftOut) {
        String text = "loupe: " + (files - failed) + " scored";
        if (failed > 0) {
            text += ", " + failed + " failed";
        }
        if (leftOut > 0) {
            text += ", " + leftOut + " in folders left out because they are neither photo nor video";
        }
        return files == 0 && !recursive ? text + "; folders inside folders need --recursive" : text;
    }

    private int scoreAll(FileScorer scorer, List<Path> files, ScoreOptions options) throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        format.header().ifPresent(out::println);
        ArrayDeque<CompletableFuture<ScoredMedia>> pending = new ArrayDeque<>();
        int failed = 0;
        try (ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
            int next = 0;
            for (int printed = 0; printed < files.size(); printed++) {
                while (next < files.size() && pending.size() < scorer.atOnce()) {
                    pending.add(scorer.score(files.get(next++), options));
                }
                Line line = lineOf(files.get(printed), pending.remove());
                failed += line.failed() ? 1 : 0;
                bar.above(() -> {
                    out.println(line.text());
                    out.flush();
                });
                if (files.size() > 1) {
                    bar.at("scoring", printed + 1L, files.size());
                }
            }
        } finally {
            pending.forEach(unfinished -> unfinished.cancel(true));
        }
        return failed;
    }

    private record Line(String text, boolean failed) {}

    private Line lineOf(Path file, CompletableFuture<ScoredMedia> answer) throws InterruptedException {
        String path = file.toString();
        try {
            ScoredMedia scored = answer.get();
            writeCover(file, scored);
            return new Line(format.scored(path, scored), false);
        } catch (ScoringException failure) {
            return new Line(format.failed(path, failure), true);
        } catch (ExecutionException failure) {
            ScoringException reason = failure.getCause() instanceof ScoringException known
                    ? known
                    : new ScoringException(
                            ErrorReason.INTERNAL, "this should not happen: " + failure.getCause(), failure);
            return new Line(format.failed(path, reason), true);
        }
    }

    private FileScorer connect() {
        Optional<ClientConfig> config = server.config();
        if (config.isEmpty()) {
            EngineConfig engine = device == null ? EngineConfig.DEFAULT : EngineConfig.DEFAULT.withDevice(device);
            return FileScorer.inProcess(
                    model == null ? BundledModels.DEFAULT : model, Optional.ofNullable(adapter), engine);
        }
        if (device != null) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--device is about this process; the server was told its own with --set engine.device");
        }
        return FileScorer.onServers(config.get());
    }

    private Set<Task> taskSet() {
        Set<Task> set = EnumSet.noneOf(Task.class);
        if (tasks != null) {
            for (String name : tasks) {
                set.add(Task.byId(name.strip())
                        .orElseThrow(() -> new CommandLine.ParameterException(
                                spec.commandLine(), "--task knows quality and aesthetics, not '" + name + "'")));
            }
        }
        return set;
    }
}
