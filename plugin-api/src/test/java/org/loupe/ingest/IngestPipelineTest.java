package org.loupe.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.client.MediaContent;
import org.loupe.client.ScoreOptions;
import org.loupe.client.ScoringClient;
import org.loupe.metadata.ScoreFields;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.testkit.FakeScoringService;
import org.loupe.testkit.ManualClock;
import org.loupe.testkit.Pictures;

@SuppressWarnings("NullAway.Init") // opened before each test
class IngestPipelineTest {
    @TempDir
    Path folder;

    private final ManualClock clock = new ManualClock();
    private final InMemoryRepository repository = new InMemoryRepository();
    private final Set<String> heard = ConcurrentHashMap.newKeySet();
    private FakeScoringService service;
    private ScoringClient client;
    private Journal journal;
    private IngestPipeline pipeline;

    @BeforeEach
    void open() {
        service = FakeScoringService.start();
        client = service.client();
        journal = H2Journal.open(folder.resolve("journal"));
        pipeline = start(IngestPolicy.DEFAULT, IngestConfig.DEFAULT);
    }

    @AfterEach
    void close() {
        service.release();
        pipeline.close();
        journal.close();
        client.close();
        service.close();
    }

    @Test
    void countsWhatBecameOfEachAsset() throws InterruptedException {
        repository.put("sound.png", Pictures.png(1));
        repository.put("text.jpg", "these are no pictures".getBytes(StandardCharsets.UTF_8));
        repository.put("empty.jpg", new byte[0]);
        for (String asset : List.of("sound.png", "text.jpg", "empty.jpg", "gone.png")) {
            pipeline.submit(asset);
        }
        assertThat(pipeline.awaitIdle(Duration.ofSeconds(30))).isTrue();
        assertThat(pipeline.progress()).isEqualTo(new IngestProgress(4, 1, 1, 2, 0));
        assertThat(pipeline.parked(10))
                .extracting(JournalEntry::reason)
                .containsExactlyInAnyOrder(
                        Optional.of(ErrorReason.MEDIA_EMPTY), Optional.of(ErrorReason.UNSUPPORTED_MEDIA_TYPE));
        assertThat(heard).contains("written sound.png", "skipped gone.png", "parked text.jpg", "parked empty.jpg");
    }

    @Test
    void skipsAndParksAsThePolicySays() throws InterruptedException {
        pipeline.close();
        pipeline = start(
                new IngestPolicy(Set.of("image/png"), 10, 100_000, true, ScoreOptions.DEFAULT), IngestConfig.DEFAULT);
        repository.put("small.png", new byte[5]);
        repository.put("other.jpg", Pictures.jpeg(1));
        repository.put("huge.png", new byte[100_001]);
        for (String asset : List.of("small.png", "other.jpg", "huge.png")) {
            pipeline.submit(asset);
        }
        assertThat(pipeline.awaitIdle(Duration.ofSeconds(30))).isTrue();
        assertThat(pipeline.progress().skipped()).isEqualTo(2);
        assertThat(pipeline.parked(10).get(0).reason()).contains(ErrorReason.MEDIA_TOO_LARGE);
        assertThat(service.calls()).isZero();
    }

    @Test
    void parksAfterTheLastAttemptAndTriesAgainWhenAsked() throws InterruptedException {
        service.failNext(IngestConfig.DEFAULT.maxAttempts(), ErrorReason.MODEL_FAILED);
        repository.put("a.png", Pictures.png(1));
        pipeline.submit("a.png");
        settle();
        assertThat(pipeline.parked(10).get(0).attempts()).isEqualTo(IngestConfig.DEFAULT.maxAttempts());
        assertThat(pipeline.retryParked()).isOne();
        settle();
        assertThat(repository.fields("a.png")).isNotEmpty();
        assertThat(pipeline.parked(10)).isEmpty();
    }

    @Test
    void waitsForAServerAsLongAsItsPatienceAndThenParks() throws InterruptedException {
        service.stop();
        repository.put("a.png", Pictures.png(1));
        pipeline.submit("a.png");
        assertThat(pipeline.awaitIdle(Duration.ofMillis(300))).isFalse();
        clock.advance(IngestConfig.DEFAULT.patience());
        assertThat(pipeline.awaitIdle(Duration.ofSeconds(30))).isTrue();
        assertThat(pipeline.parked(10).get(0).reason()).contains(ErrorReason.SERVER_UNAVAILABLE);
    }

    @Test
    void refusesMoreThanTheBacklogAndNothingAfterClosing() throws InterruptedException {
        pipeline.close();
        pipeline = start(IngestPolicy.DEFAULT, IngestConfig.DEFAULT.withMaxBacklog(2));
        service.hold();
        for (int i = 0; i < 3; i++) {
            repository.put(i + ".png", Pictures.png(i));
        }
        pipeline.submit("0.png");
        pipeline.submit("1.png");
        assertReason(ErrorReason.OVERLOADED, () -> pipeline.submit("2.png"));
        service.release();
        pipeline.submitWaiting("2.png");
        assertThat(pipeline.awaitIdle(Duration.ofSeconds(30))).isTrue();
        assertThat(pipeline.progress().written()).isEqualTo(3);
        pipeline.close();
        assertReason(ErrorReason.SHUTTING_DOWN, () -> pipeline.submit("0.png"));
    }

    @Test
    void scoresNewBytesThatCameWhileTheOldOnesWereInFlight() throws InterruptedException {
        CountDownLatch opened = new CountDownLatch(1);
        pipeline.close();
        pipeline = start(
                asset -> {
                    Optional<MediaContent> content = repository.source().open(asset);
                    opened.countDown();
                    return content;
                },
                IngestPolicy.DEFAULT,
                IngestConfig.DEFAULT);
        service.hold();
        repository.put("a.png", Pictures.png(1));
        pipeline.submit("a.png");
        assertThat(opened.await(30, TimeUnit.SECONDS)).isTrue();
        repository.put("a.png", Pictures.png(2));
        pipeline.submit("a.png");
        service.release();
        assertThat(pipeline.awaitIdle(Duration.ofSeconds(30))).isTrue();
        assertThat(service.scored()).hasSize(2);
        assertThat(repository.fields("a.png"))
                .containsEntry(ScoreFields.SCORED_SHA256, service.scored().get(1));
    }

    @Test
    void neverHasMoreInFlightThanAllowed() throws InterruptedException {
        pipeline.close();
        pipeline = start(IngestPolicy.DEFAULT, IngestConfig.DEFAULT.withMaxInFlight(1));
        service.hold();
        for (int i = 0; i < 3; i++) {
            repository.put(i + ".png", Pictures.png(i));
            pipeline.submit(i + ".png");
        }
        assertThat(pipeline.awaitIdle(Duration.ofMillis(300))).isFalse();
        assertThat(service.calls()).isLessThanOrEqualTo(1);
        service.release();
        assertThat(pipeline.awaitIdle(Duration.ofSeconds(30))).isTrue();
        assertThat(service.scored()).hasSize(3);
    }

    @Test
    void aListenerThatFailsHarmsNothing() throws InterruptedException {
        pipeline.close();
        pipeline = IngestPipeline.start(
                journal,
                client,
                repository.source(),
                repository.sink(),
                IngestPolicy.DEFAULT,
                IngestConfig.DEFAULT,
                clock,
                new IngestListener() {
                    @Override
                    public void accepted(String assetId) {
                        throw new IllegalStateException("on purpose");
                    }
                });
        repository.put("a.png", Pictures.png(1));
        pipeline.submit("a.png");
        assertThat(pipeline.awaitIdle(Duration.ofSeconds(30))).isTrue();
        assertThat(repository.fields("a.png")).isNotEmpty();
    }

    @Test
    void namesEverythingWrongWithAConfigurationAtOnce() {
        assertThatThrownBy(() -> new IngestConfig(
                        0, 0, 0, Duration.ofDays(-1), Duration.ZERO, Duration.ofDays(2), Duration.ofDays(1)))
                .hasMessageContaining("max-in-flight")
                .hasMessageContaining("drain-timeout");
        assertThatThrownBy(() -> new IngestPolicy(Set.of("image/svg+xml"), -1, -2, true, ScoreOptions.DEFAULT))
                .hasMessageContaining("image/svg+xml")
                .hasMessageContaining("min-bytes")
                .hasMessageContaining("max-bytes");
    }

    private void settle() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!pipeline.awaitIdle(Duration.ofMillis(200))) {
            assertThat(System.nanoTime()).as("assets still waiting").isLessThan(end);
            clock.advance(Duration.ofMinutes(1));
        }
    }

    private IngestPipeline start(IngestPolicy policy, IngestConfig config) {
        return start(repository.source(), policy, config);
    }

    private IngestPipeline start(AssetSource source, IngestPolicy policy, IngestConfig config) {
        return IngestPipeline.start(
                journal, client, source, repository.sink(), policy, config, clock, new IngestListener() {
                    @Override
                    public void written(String assetId, ScoreFields fields) {
                        heard.add("written " + assetId);
                    }

                    @Override
                    public void skipped(String assetId) {
                        heard.add("skipped " + assetId);
                    }

                    @Override
                    public void parked(String assetId, ErrorReason reason, String message) {
                        heard.add("parked " + assetId);
                    }
                });
    }

    private static void assertReason(ErrorReason reason, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ScoringException.class, e -> assertThat(e.reason())
                .isEqualTo(reason));
    }
}
