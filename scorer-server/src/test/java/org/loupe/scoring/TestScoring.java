package org.loupe.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.loupe.batch.BatchConfig;
import org.loupe.batch.BatchDispatcher;
import org.loupe.batch.QueueStatistics;
import org.loupe.decode.DecodeBudget;
import org.loupe.decode.DecodeLimits;
import org.loupe.decode.MediaDecoder;
import org.loupe.engine.EngineFactory;
import org.loupe.modelpackage.BundledModels;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.modelpackage.ModelResolver;
import org.loupe.modelpackage.ModelStore;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Scoring with the tiny package's manifest over an engine of the test's choice. Close it. */
public final class TestScoring implements AutoCloseable {
    private final CloseStack resources = new CloseStack();
    private final Models models;
    private final Scoring scoring;

    /** With room for two frames in the queue and one decoding thread, so that a test can fill it. */
    public TestScoring(EngineFactory engines) {
        this(engines, new BatchConfig(8, 32, Duration.ZERO, 2));
    }

    public TestScoring(EngineFactory engines, BatchConfig batching) {
        this(
                ModelConfig.DEFAULT.withDefault(tinyPackage().toString()),
                tinyPackage().resolve("no-store"),
                engines,
                batching,
                Optional::empty);
    }

    /** With models of the test's own, see {@link TestPackages}. */
    public TestScoring(ModelConfig which, Path store, EngineFactory engines, BatchConfig batching, MemoryProbe memory) {
        models = resources.push(new Models(
                which,
                new ModelResolver(new BundledModels(), new ModelStore(store)),
                engines,
                engine -> new BatchDispatcher(engine, batching),
                memory));
        ScoringConfig config = new ScoringConfig(1, 16, 64L << 20, 1 << 20, Duration.ofSeconds(30));
        scoring = resources.push(
                new LocalScoring(models, new MediaDecoder(DecodeLimits.DEFAULT, DecodeBudget.ofHeap()), config));
    }

    /** @return where the tiny OneAlign lies */
    public static Path tinyPackage() {
        return resource("/models/tiny-align/model.json").resolveSibling("");
    }

    /** @return a file among the test resources */
    public static Path resource(String name) {
        try {
            return Path.of(Objects.requireNonNull(TestScoring.class.getResource(name), name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    public Scoring scoring() {
        return scoring;
    }

    public Models models() {
        return models;
    }

    public QueueStatistics queue() {
        return models.standard().queue().statistics();
    }

    /**
     * Asserts that a call fails with a catalogued error, as an exception or as that of a future that was joined.
     *
     * @param words what the message must say
     */
    static void assertReason(ErrorReason reason, ThrowingCallable call, String... words) {
        Throwable thrown = catchThrowable(call);
        Throwable failure = thrown instanceof CompletionException ? thrown.getCause() : thrown;
        assertThat(failure).isInstanceOfSatisfying(ScoringException.class, known -> assertThat(known.reason())
                .isEqualTo(reason));
        for (String word : words) {
            assertThat(failure).hasMessageContaining(word);
        }
    }

    @Override
    public void close() {
        resources.close();
    }
}
