package org.loupe.adapter.folder;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.loupe.client.ClientConfig;
import org.loupe.client.ScoreOptions;
import org.loupe.client.ScoringClient;
import org.loupe.command.ProgressBar;
import org.loupe.command.Termination;
import org.loupe.embedded.EmbeddedScorer;
import org.loupe.ingest.IngestConfig;
import org.loupe.score.AdapterRef;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import picocli.CommandLine;

/** {@code loupe watch}. */
@CommandLine.Command(
        name = "watch",
        sortOptions = false,
        description = {
            "Scores every photo and video in a folder and writes the scores beside it, in XMP sidecars.",
            "",
            "Watches DIR and all folders in it until Ctrl-C; with --once goes through it once and ends. Files are scored when they have"
                    + " stopped changing. Originals are only read. What a sidecar says already is kept; a rating of yours is never"
                    + " touched. It may be stopped or killed at any time and goes on where it was.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  loupe watch ~/Pictures                        score what is there and what comes",
            "  loupe watch ~/Pictures --once                 the same for a script: ends when all is scored",
            "  loupe watch /nas/photos --server gpu1:7431    use a running server",
            "  loupe watch /nas/photos --server gpu1:7431 --adapter house-style",
            "  exiftool -if '$QualityScore >= 4' -p '$Directory/$FileName' -r -ext xmp ~/Pictures",
            "                                                then find the best, with any program that reads XMP",
            "",
            "Exit code: 0 when all went well, 1 with --once if a file could not be scored, 2 if it could not begin."
        })
final class WatchCommand implements Callable<Integer> {
    /** With --once nobody waits for days until a server comes back. */
    private static final Duration PATIENCE_ONCE = Duration.ofMinutes(2);

    /** Enough to see what is wrong; the count tells the rest. */
    private static final int PARKED_SHOWN = 20;

    private static final long BAR_MILLIS = 200;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Parameters(paramLabel = "DIR", description = "the folder")
    private Path directory;

    @CommandLine.Option(names = "--once", description = "go through DIR once and end")
    private boolean once;

    @CommandLine.Option(
            names = "--server",
            paramLabel = "HOST:PORT",
            description =
                    "scoring server to use; may be given several times, they share the work (and must hold the same model)")
    private List<String> servers = new ArrayList<>();

    @CommandLine.Option(
            names = "--embedded",
            description = "score in this process, without a server; the default when no --server is given")
    private boolean embedded;

    @CommandLine.Option(
            names = "--model",
            paramLabel = "REF",
            description =
                    "model to score with: name or name/version; without a server also a directory (default: the server's default,"
                            + " here the bundled model)")
    private @Nullable String model;

    @CommandLine.Option(
            names = "--adapter",
            paramLabel = "NAME|DIR",
            description =
                    "taste adapter of the model to score with: name or name/version, with --server one that is loaded there; without a"
                            + " server also a package's directory or zip. Files scored without it, or with another, are scored again")
    private @Nullable String adapter;

    @CommandLine.Option(
            names = "--task",
            split = ",",
            paramLabel = "TASK",
            description = "quality, aesthetics or both with a comma between (default: all the model can)")
    private List<String> tasks = new ArrayList<>();

    @CommandLine.Option(
            names = "--sidecar-name",
            paramLabel = "full|stem",
            defaultValue = "full",
            description =
                    "name of new sidecars: full is photo.jpg.xmp (digiKam, darktable), stem is photo.xmp (Adobe). One that exists"
                            + " is used under either name (default: ${DEFAULT-VALUE})")
    private String sidecarName;

    @CommandLine.Option(
            names = "--rating",
            description =
                    "also write xmp:Rating, 1 to 5 stars from quality, where there is no rating; never changes one")
    private boolean rating;

    @CommandLine.Option(
            names = "--rating-from",
            paramLabel = "TASK",
            description = "as --rating, from quality or aesthetics")
    private @Nullable String ratingFrom;

    @CommandLine.Option(
            names = "--quiet-period",
            paramLabel = "TIME",
            defaultValue = "2s",
            converter = DurationConverter.class,
            description =
                    "how long a file must not have changed before it is scored, such as 500ms, 2s (default: ${DEFAULT-VALUE})")
    private Duration quietPeriod;

    @CommandLine.Option(
            names = "--sweep-every",
            paramLabel = "TIME",
            defaultValue = "10m",
            converter = DurationConverter.class,
            description =
                    "how often to go through the whole folder for what was missed, such as 30s, 10m, 1h: finds changes on network"
                            + " shares and restores deleted sidecars (default: ${DEFAULT-VALUE})")
    private Duration sweepEvery;

    @CommandLine.Option(
            names = "--state",
            paramLabel = "DIR",
            description =
                    "where to keep the list of unfinished files (default: loupe/watch in $XDG_STATE_HOME or ~/.local/state)")
    private @Nullable Path state;

    @CommandLine.Option(
            names = "--token",
            paramLabel = "TOKEN",
            description =
                    "token for the servers; other users of this machine can see a command line, so better set LOUPE_TOKEN")
    private @Nullable String token;

    @CommandLine.Option(names = "--tls", description = "encrypt; needed for a token to a server on another machine")
    private boolean tls;

    @CommandLine.Option(
            names = "--tls-ca",
            paramLabel = "PEM",
            description = "authorities that sign the servers' certificates, with --tls (default: Java's)")
    private @Nullable Path authorities;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        FolderConfig config = config();
        if (adapter != null && servers.isEmpty() && adapter.indexOf(',') >= 0) {
            throw wrong("--adapter names one adapter, and a path with a comma reads like several: " + adapter);
        }
        try {
            return withClient(config);
        } catch (ScoringException e) {
            err.println("loupe watch: " + e.getMessage());
            if (e.reason() == ErrorReason.SERVER_UNAVAILABLE) {
                err.println("Is the server running? Without --server, scoring happens in this process.");
            }
            err.flush();
            return 2;
        }
    }

    private FolderConfig config() {
        FolderConfig config = FolderConfig.of(directory);
        Optional<Task> stars = ratingFrom != null
                ? Optional.of(task(ratingFrom))
                : rating ? Optional.of(Task.QUALITY) : Optional.empty();
        try {
            config = config.withSidecars(sidecarName(), stars)
                    .withTimes(quietPeriod, sweepEvery)
                    .withOptions(options());
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
        if (state != null) {
            config = config.withState(state);
        }
        if (once) {
            IngestConfig patient = config.ingest();
            config = config.withIngest(new IngestConfig(
                    patient.maxInFlight(),
                    patient.maxBacklog(),
                    patient.maxAttempts(),
                    PATIENCE_ONCE,
                    patient.firstDelay(),
                    patient.maxDelay(),
                    patient.drainTimeout()));
        }
        return config;
    }

    private ScoreOptions options() {
        Set<Task> asked = EnumSet.noneOf(Task.class);
        tasks.forEach(text -> asked.add(task(text.strip())));
        // In this process model and adapter are what the server is started with; another server is asked for them by
        // name.
        return ScoreOptions.DEFAULT
                .withTasks(asked)
                .withModel(servers.isEmpty() || model == null ? "" : model)
                .withAdapter(servers.isEmpty() || adapter == null ? "" : adapter);
    }

    private SidecarName sidecarName() {
        return switch (sidecarName) {
            case "full" -> SidecarName.FULL;
            case "stem" -> SidecarName.STEM;
            default -> throw wrong("--sidecar-name must be full or stem, was '" + sidecarName + "'");
        };
    }

    private Task task(String text) {
        return Task.byId(text).orElseThrow(() -> wrong("a task is quality or aesthetics, not '" + text + "'"));
    }

    private int withClient(FolderConfig config) throws InterruptedException {
        if (!servers.isEmpty()) {
            if (embedded) {
                throw wrong("--embedded scores in this process, --server elsewhere; give one of them");
            }
            try (ScoringClient client = ScoringClient.connect(clientConfig())) {
                return watch(config, client);
            }
        }
        EmbeddedScorer scorer = EmbeddedScorer.find()
                .orElseThrow(
                        () -> wrong("this installation has no scorer in it; name a server with --server HOST:PORT"));
        Map<String, String> settings = new HashMap<>();
        if (model != null) {
            settings.put("model.default", model);
        }
        if (adapter != null) {
            settings.put("model.adapters", adapter);
        }
        try (EmbeddedScorer.Running running = scorer.start(settings);
                ScoringClient client = ScoringClient.connect(ClientConfig.of(running.target()))) {
            // under whatever path it was found: the only one of this server is the one that is meant
            List<AdapterRef> adapters = client.model("").adapters();
            return watch(
                    adapters.isEmpty()
                            ? config
                            : config.withOptions(
                                    config.options().withAdapter(adapters.get(0).toString())),
                    client);
        }
    }

    private ClientConfig clientConfig() {
        try {
            ClientConfig config = ClientConfig.of(servers.toArray(new String[0]));
            if (tls) {
                config = config.withTls(Optional.ofNullable(authorities));
            } else if (authorities != null) {
                throw wrong("--tls-ca is of use only with --tls");
            }
            String secret = token != null ? token : System.getenv("LOUPE_TOKEN");
            return secret == null || secret.isBlank() ? config : config.withToken(secret.strip());
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private int watch(FolderConfig config, ScoringClient client) throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        boolean watched = ProgressBar.watched();
        WatchDisplay display = new WatchDisplay(out, err, watched, ProgressBar.on(err));
        FolderWatcher watcher = FolderWatcher.open(config, client, display);
        // the embedded server must still be there while what is under way is finished, so not in a shutdown hook
        try (Termination termination =
                Termination.listen(watcher::stop, config.ingest().drainTimeout().plusSeconds(10))) {
            display.begin(config.root(), watcher);
            if (once) {
                display.showWhile(watcher, BAR_MILLIS, watcher::sweepOnce);
            } else {
                watcher.start();
                while (!termination.await(Duration.ofMillis(BAR_MILLIS))) {
                    display.draw(watcher.progress(), watcher.report().settling());
                }
            }
            watcher.stop();
            FolderReport report = watcher.report();
            display.end(report, watcher.parked(PARKED_SHOWN), once);
            return once && report.parked() > 0 ? 1 : 0;
        } finally {
            watcher.close();
        }
    }

    private CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }
}
