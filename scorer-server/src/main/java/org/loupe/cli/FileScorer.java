package org.loupe.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.loupe.client.ClientConfig;
import org.loupe.client.MediaContent;
import org.loupe.client.ScoreOptions;
import org.loupe.client.ScoringClient;
import org.loupe.decode.MediaSource;
import org.loupe.engine.EngineConfig;
import org.loupe.score.AdapterRef;
import org.loupe.score.ScoredMedia;
import org.loupe.scoring.LocalScorer;

/** Scores files, here or elsewhere; the command does not care which. */
interface FileScorer extends AutoCloseable {
    /** @return completes exceptionally always with a {@link org.loupe.score.ScoringException} */
    CompletableFuture<ScoredMedia> score(Path file, ScoreOptions options);

    /** @return how many files are worth having under way; more only hold memory */
    int atOnce();

    @Override
    void close();

    /** @param model and the rest as {@link LocalScorer#open} takes them; every file is scored with the adapter */
    static FileScorer inProcess(String model, Optional<String> adapter, EngineConfig engine) {
        LocalScorer scorer = LocalScorer.open(model, adapter, engine);
        String named = scorer.adapter().map(AdapterRef::toString).orElse("");
        return new FileScorer() {
            @Override
            public CompletableFuture<ScoredMedia> score(Path file, ScoreOptions options) {
                return scorer.scoreAsync(MediaSource.of(file), options.withAdapter(named));
            }

            @Override
            public int atOnce() {
                return scorer.atOnce();
            }

            @Override
            public void close() {
                scorer.close();
            }
        };
    }

    static FileScorer onServers(ClientConfig config) {
        ScoringClient client = ScoringClient.connect(config);
        return new FileScorer() {
            @Override
            public CompletableFuture<ScoredMedia> score(Path file, ScoreOptions options) {
                return client.scoreAsync(MediaContent.of(file), options);
            }

            @Override
            public int atOnce() {
                return 8; // keeps a server's cores busy; each may hold a photo of up to 32 MiB here
            }

            @Override
            public void close() {
                client.close();
            }
        };
    }
}
