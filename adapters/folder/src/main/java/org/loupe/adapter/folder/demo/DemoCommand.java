package org.loupe.adapter.folder.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.loupe.adapter.folder.FolderConfig;
import org.loupe.adapter.folder.FolderListener;
import org.loupe.adapter.folder.FolderWatcher;
import org.loupe.client.ClientConfig;
import org.loupe.client.ScoringClient;
import org.loupe.command.ProgressBar;
import org.loupe.embedded.EmbeddedScorer;
import org.loupe.ingest.JournalEntry;
import org.loupe.metadata.ScoreFields;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import picocli.CommandLine;

/** {@code loupe demo}. */
@CommandLine.Command(
        name = "demo",
        description = {
            "Shows Loupe at work on six photographs and damaged copies of them.",
            "They arrive in a folder, a real server scores them, the folder adapter writes the scores beside them, and a table tells"
                    + " whether the sound photograph won against each of its copies.",
            "Writes into a temporary folder only. Exit code 0, or 1 if a comparison came out wrong."
        })
final class DemoCommand implements Callable<Integer> {
    /** Far beyond what forty-eight small pictures take on one slow core; then something hangs and the demo must end. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Parameters(
            arity = "0..1",
            paramLabel = "DIR",
            description = "your own photographs instead of the six bundled ones; only read, the first "
                    + DemoGallery.MOST_PHOTOGRAPHS + " by name")
    private @Nullable Path photographs;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Path place = Files.createTempDirectory("loupe-demo-");
        Path folder = Files.createDirectory(place.resolve("photos"));
        out.println("Starting a scoring server and watching " + folder);
        out.flush();
        Map<Path, ScoreFields> scores = new ConcurrentHashMap<>();
        EmbeddedScorer scorer = EmbeddedScorer.find()
                .orElseThrow(() -> new ScoringException(
                        ErrorReason.SERVER_UNAVAILABLE, "this installation has no scorer in it to demonstrate"));
        try (EmbeddedScorer.Running server = scorer.start(Map.of());
                ScoringClient client = ScoringClient.connect(ClientConfig.of(server.target()));
                FolderWatcher watcher = FolderWatcher.open(
                        FolderConfig.of(folder)
                                .withState(place.resolve("state"))
                                .withTimes(Duration.ofMillis(200), Duration.ofSeconds(1)),
                        client,
                        new FolderListener() {
                            @Override
                            public void scored(Path file, Path sidecar, ScoreFields fields) {
                                scores.put(file, fields);
                            }
                        })) {
            watcher.start();
            DemoGallery gallery = new DemoGallery(watcher.root());
            List<DemoGallery.Entry> entries = photographs == null ? gallery.bundled() : gallery.of(photographs);
            await(watcher, scores, entries.size() * (1 + Degradation.values().length));
            return show(out, entries, scores, watcher, folder);
        }
    }

    private void await(FolderWatcher watcher, Map<Path, ScoreFields> scores, int pictures) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        try (ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
            // Idle alone is not enough: the last pictures may not have been found yet.
            while (scores.size() + watcher.report().parked() < pictures && System.nanoTime() < end) {
                bar.at("scoring pictures as they arrive", scores.size(), pictures);
                Thread.sleep(50);
            }
            bar.at("scoring pictures as they arrive", scores.size(), pictures);
        }
    }

    private static int show(
            PrintWriter out,
            List<DemoGallery.Entry> entries,
            Map<Path, ScoreFields> scores,
            FolderWatcher watcher,
            Path folder) {
        DemoTable.Result result = new DemoTable(scores).compare(entries);
        out.println();
        result.lines().forEach(out::println);
        out.println();
        for (JournalEntry parked : watcher.parked(DemoGallery.MOST_PHOTOGRAPHS)) {
            out.println("not scored: " + parked);
        }
        int right = result.pairs() - result.wrong().size();
        out.println("The sound photograph won " + right + " of " + result.pairs()
                + " comparisons. Scores are mean opinion scores, 1 (bad) to 5 (excellent), of "
                + watcher.scoredBy() + ".");
        result.wrong().forEach(pair -> out.println("WRONG: " + pair));
        out.println();
        out.println("Each picture has its scores beside it, in an XMP sidecar any photo program reads:");
        out.println("  " + folder);
        out.println("Try next:");
        out.println("  exiftool -if '$QualityScore >= 4' -p '$FileName $QualityScore' -ext xmp " + folder);
        out.println("  ./loupe score " + folder + " --format json");
        out.println("  ./loupe demo ~/Pictures          the same with your own photographs");
        out.println("  ./loupe watch ~/Pictures         scores for all of them, as they arrive");
        out.flush();
        return result.wrong().isEmpty() ? 0 : 1;
    }
}
