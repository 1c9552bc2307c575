package org.loupe.scoring;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.loupe.client.ScoreOptions;
import org.loupe.decode.MediaSource;
import org.loupe.device.Device;
import org.loupe.engine.EngineConfig;
import org.loupe.modelpackage.Manifest;
import org.loupe.score.AdapterRef;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/**
 * Scoring without a server: the same parts wired the same way, for commands that work through files. Safe for use by many threads; keep
 * the number of unfinished {@link #scoreAsync} calls below {@link #atOnce} and none is refused.
 */
public final class LocalScorer implements AutoCloseable {
    private final Scoring scoring;
    private final Models models;
    private final CloseStack resources;

    LocalScorer(Scoring scoring, Models models, CloseStack resources) {
        this.scoring = scoring;
        this.models = models;
        this.resources = resources;
    }

    /**
     * Loads one model.
     *
     * @param model a bundled name, a package directory or zip, or {@code name/version} in the model store
     * @throws ScoringException MODEL_NOT_FOUND, MODEL_PACKAGE_INVALID or IO_FAILED
     */
    public static LocalScorer open(String model) {
        return open(model, Optional.empty());
    }

    /**
     * Loads one model and, where one is given, a taste adapter beside it. Requests still say whether they want it.
     *
     * @param adapter {@code name} or {@code name/version} in the store, or a package's directory or zip
     * @throws ScoringException as {@link #open(String)}; ADAPTER_NOT_FOUND, or MODEL_PACKAGE_INVALID if it does not fit the model
     */
    public static LocalScorer open(String model, Optional<String> adapter) {
        return open(model, adapter, EngineConfig.DEFAULT);
    }

    /**
     * As {@link #open(String, Optional)}, on devices of the caller's choice.
     *
     * @param engine how the model is run and on what
     * @throws ScoringException as {@link #open(String, Optional)}; DEVICE_UNAVAILABLE if a device that is named cannot be used
     */
    public static LocalScorer open(String model, Optional<String> adapter, EngineConfig engine) {
        return LocalModule.open(model, adapter, engine);
    }

    /** @return where the model was loaded */
    public List<Device> devices() {
        return models.standard().devices();
    }

    /** @return the adapter that was loaded */
    public Optional<AdapterRef> adapter() {
        return models.status("").adapters().stream().findFirst();
    }

    /** @return what the loaded model is */
    public Manifest manifest() {
        return models.standard().manifest();
    }

    /** @return how many media are worth having in work at the same time */
    public int atOnce() {
        return 2 * Runtime.getRuntime().availableProcessors() + 2;
    }

    /**
     * Scores one file and waits.
     *
     * @param tasks empty for every task the model has for such media
     * @throws ScoringException with the reason if it cannot be scored
     */
    public ScoredMedia score(Path file, Set<Task> tasks) {
        return score(file, ScoreOptions.DEFAULT.withTasks(tasks));
    }

    /** As {@link #score(Path, Set)}, with everything that can be asked for. */
    public ScoredMedia score(Path file, ScoreOptions options) {
        try {
            return scoreAsync(MediaSource.of(file), options).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof ScoringException known ? known : e;
        }
    }

    /** As {@link Scoring#score}, without deadline. */
    public CompletableFuture<ScoredMedia> scoreAsync(MediaSource media, ScoreOptions options) {
        return scoring.score(ScoringRequest.of(media, options));
    }

    /** @return counters, the engine's among them */
    public long framesRun() {
        return models.standard().queue().statistics().framesRun();
    }

    /** Finishes what is in work and frees the model; idempotent. */
    @Override
    public void close() {
        resources.close();
    }
}
