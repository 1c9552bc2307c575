package org.loupe.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.client.ScoringClient;
import org.loupe.ingest.H2Journal;
import org.loupe.ingest.IngestConfig;
import org.loupe.ingest.IngestListener;
import org.loupe.ingest.IngestPipeline;
import org.loupe.ingest.IngestPolicy;
import org.loupe.ingest.Journal;
import org.loupe.ingest.JournalEntry;
import org.loupe.ingest.ScoreSink;
import org.loupe.ingest.ScoreStamp;
import org.loupe.ingest.Sweep;
import org.loupe.metadata.ScoreFields;
import org.loupe.score.ErrorReason;

/**
 * What every adapter keeps, whatever its library: scores are written once, follow the bytes and the model, and nothing accepted is lost.
 * Extend it, open your library in {@link #open}, and run it as any test.
 */
@SuppressWarnings("NullAway.Init") // JUnit opens everything before each test
public abstract class AbstractRepositoryContract {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private final ManualClock clock = new ManualClock();
    private FakeScoringService service;
    private ScoringClient client;
    private RepositoryUnderTest repository;
    private CountingSink sink;
    private Journal journal;
    private IngestPipeline pipeline;

    /**
     * @param directory empty, the test's own
     * @return an empty library; the contract closes it
     */
    protected abstract RepositoryUnderTest open(Path directory) throws IOException;

    @BeforeEach
    void openAll() throws IOException {
        service = FakeScoringService.start();
        client = service.client();
        repository = open(folder.resolve("library"));
        sink = new CountingSink(repository.sink());
        journal = H2Journal.open(folder.resolve("journal"));
        pipeline = pipeline(sink, IngestListener.NONE);
    }

    @AfterEach
    void closeAll() throws IOException {
        pipeline.close();
        journal.close();
        repository.close();
        client.close();
        service.close();
    }

    @Test
    void scoresOnceAndWritesEveryField() throws Exception {
        String asset = repository.put("a.png", Pictures.png(1));
        pipeline.submit(asset);
        settle();

        Map<String, String> fields = repository.fields(asset);
        assertThat(fields)
                .containsKeys(
                        ScoreFields.QUALITY_SCORE,
                        ScoreFields.QUALITY_LEVEL,
                        ScoreFields.AESTHETIC_SCORE,
                        ScoreFields.AESTHETIC_LEVEL,
                        ScoreFields.SCORED_AT)
                .containsEntry(ScoreFields.SCORE_MODEL, service.model().name())
                .containsEntry(ScoreFields.SCORE_MODEL_VERSION, service.model().version())
                .containsEntry(ScoreFields.SCORED_SHA256, service.scored().get(0));
        assertThat(Double.parseDouble(String.valueOf(fields.get(ScoreFields.QUALITY_SCORE))))
                .isBetween(1.0, 5.0);
        assertThat(sink.writes()).isOne();
    }

    @Test
    void writesSameBytesOnce() throws Exception {
        String asset = repository.put("a.png", Pictures.png(1));
        pipeline.submit(asset);
        settle();
        repository.put("a.png", Pictures.png(1));
        pipeline.submit(asset);
        settle();

        assertThat(sink.writes()).isOne();
        assertThat(service.calls()).isOne();
    }

    @Test
    void rescoresChangedBytes() throws Exception {
        String asset = repository.put("a.png", Pictures.png(1));
        pipeline.submit(asset);
        settle();
        repository.put("a.png", Pictures.png(2));
        pipeline.submit(asset);
        settle();

        assertThat(sink.writes()).isEqualTo(2);
        assertThat(repository.fields(asset))
                .containsEntry(ScoreFields.SCORED_SHA256, service.scored().get(1));
    }

    @Test
    void rescoresWhenTheModelChangesAndSweepFindsIt() throws Exception {
        String asset = repository.put("a.png", Pictures.png(1));
        pipeline.submit(asset);
        settle();
        service.upgradeModel("2");
        clock.advance(Duration.ofMinutes(2));
        Sweep.Result result = new Sweep(pipeline, repository.sink()).run(repository.assetIds(), Sweep.Depth.STAMPS);
        settle();

        assertThat(result).isEqualTo(new Sweep.Result(1, 1));
        assertThat(repository.fields(asset)).containsEntry(ScoreFields.SCORE_MODEL_VERSION, "2");
        assertThat(new Sweep(pipeline, repository.sink())
                        .run(repository.assetIds(), Sweep.Depth.STAMPS)
                        .submitted())
                .isZero();
    }

    @Test
    void ownWriteDoesNotLoop() throws Exception {
        repository.subscribe(pipeline::submit);
        String asset = repository.put("a.png", Pictures.png(1));
        pipeline.submit(asset);
        settle();
        pipeline.submit(asset); // the event its own write would fire
        settle();

        assertThat(sink.writes()).isOne();
        assertThat(service.scored()).hasSize(1);
    }

    @Test
    void parksCorruptAssetAndGoesOnWithOthers() throws Exception {
        String corrupt = repository.put("broken.jpg", Pictures.corruptJpeg(1));
        String sound = repository.put("sound.png", Pictures.png(2));
        pipeline.submit(corrupt);
        pipeline.submit(sound);
        settle();

        assertThat(repository.fields(sound)).isNotEmpty();
        assertThat(repository.fields(corrupt)).isEmpty();
        List<JournalEntry> parked = pipeline.parked(10);
        assertThat(parked).extracting(JournalEntry::assetId).containsExactly(corrupt);
        assertThat(parked.get(0).reason()).contains(ErrorReason.MEDIA_CORRUPT);
    }

    @Test
    void scoresLaterWhatCameWhileTheServerWasDown() throws Exception {
        CountDownLatch refused = new CountDownLatch(1);
        restart(sink, new IngestListener() {
            @Override
            public void retrying(String assetId, ErrorReason reason, String message) {
                refused.countDown();
            }
        });
        service.stop();
        String asset = repository.put("a.png", Pictures.png(1));
        pipeline.submit(asset);
        assertThat(refused.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(repository.fields(asset)).isEmpty();

        service.restart();
        settle();
        assertThat(repository.fields(asset)).isNotEmpty();
        assertThat(sink.writes()).isOne();
    }

    @Test
    void repeatsAfterCrashBetweenScoreAndWrite() throws Exception {
        String asset = repository.put("a.png", Pictures.png(1));
        CountDownLatch reached = new CountDownLatch(1);
        CountingSink crashing = new CountingSink(repository.sink()) {
            @Override
            public void write(String assetId, ScoreFields fields) throws IOException {
                reached.countDown();
                throw new IOException("the process ended here");
            }
        };
        restart(crashing, IngestListener.NONE);
        pipeline.submit(asset);
        assertThat(reached.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        restart(sink, IngestListener.NONE);
        settle();

        assertThat(repository.fields(asset)).isNotEmpty();
        assertThat(sink.writes()).isOne();
    }

    @Test
    void writesNothingAgainAfterCrashBetweenWriteAndJournal() throws Exception {
        String asset = repository.put("a.png", Pictures.png(1));
        pipeline.submit(asset);
        settle();
        journal.accept(
                asset, clock.instant()); // as the journal would stand had the process ended before it forgot the asset
        restart(sink, IngestListener.NONE);
        settle();

        assertThat(sink.writes()).isOne();
        assertThat(journal.count(JournalEntry.State.PENDING)).isZero();
    }

    /** Lets time pass until nothing waits any more. */
    private void settle() throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!pipeline.awaitIdle(Duration.ofMillis(200))) {
            assertThat(System.nanoTime()).as("assets still waiting").isLessThan(end);
            clock.advance(Duration.ofMinutes(1));
        }
    }

    private void restart(ScoreSink target, IngestListener listener) {
        pipeline.close();
        journal.close();
        journal = H2Journal.open(folder.resolve("journal"));
        pipeline = pipeline(target, listener);
    }

    private IngestPipeline pipeline(ScoreSink target, IngestListener listener) {
        return IngestPipeline.start(
                journal,
                client,
                repository.source(),
                target,
                IngestPolicy.DEFAULT,
                IngestConfig.DEFAULT,
                clock,
                listener);
    }

    private static class CountingSink implements ScoreSink {
        private final ScoreSink sink;
        private final AtomicInteger writes = new AtomicInteger();

        CountingSink(ScoreSink sink) {
            this.sink = sink;
        }

        int writes() {
            return writes.get();
        }

        @Override
        public Optional<ScoreStamp> stamp(String assetId) throws IOException {
            return sink.stamp(assetId);
        }

        @Override
        public void write(String assetId, ScoreFields fields) throws IOException {
            sink.write(assetId, fields);
            writes.incrementAndGet();
        }
    }
}
