package org.loupe.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.batch.BatchConfig;
import org.loupe.batch.FakeEngine;
import org.loupe.client.ScoreOptions;
import org.loupe.decode.MediaSource;
import org.loupe.engine.AdapterHandle;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.TestAdapters;
import org.loupe.score.AdapterRef;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.Task;
import org.loupe.testkit.Await;

/** Many tastes on one resident model, over an engine the test holds in its hand. */
@SuppressWarnings("NullAway.Init") // opened before each test
@Timeout(120)
class AdaptersTest {
    private static final int CALLERS = 4;
    private static final int ROUNDS = 20;
    /** As many frames as one run takes. */
    private static final int BATCH = 8;

    @TempDir
    private Path store;

    private final FakeEngine engine = new FakeEngine(5);
    private TestScoring test;

    @BeforeEach
    void open() {
        write("warm", "1");
        write("warm", "2");
        write("cold", "1");
        test = new TestScoring(
                ModelConfig.DEFAULT
                        .withDefault(TestScoring.tinyPackage().toString())
                        .withAdapters(List.of("warm/1", "cold@tiny-align")),
                store,
                model -> engine,
                new BatchConfig(BATCH, 32, Duration.ZERO, 128),
                Optional::empty);
    }

    private void write(String name, String version) {
        try (ModelPackage base = ModelPackage.open(TestScoring.tinyPackage());
                AdapterPackage written = TestAdapters.write(
                        store.resolve(name).resolve(version), name, version, base.manifest(), List.of("a"))) {
            assertThat(written.manifest().name()).isEqualTo(name);
        }
    }

    @AfterEach
    void close() {
        engine.release(1000);
        test.close();
    }

    @Test
    void anAnswerNamesItsAdapterAndOneWithoutNamesNone() {
        ScoredMedia plain = answer(1, "");
        ScoredMedia warm = answer(1, "warm");

        assertThat(plain.adapter()).isEmpty();
        assertThat(warm.adapter()).hasValueSatisfying(ref -> {
            assertThat(ref.toString()).isEqualTo("warm/1");
            assertThat(ref.digest()).hasSize(64);
        });
        assertThat(warm.model()).isEqualTo(plain.model());
        assertThat(logit(warm)).isEqualTo(logit(plain) + FakeEngine.ADAPTED + 1);
    }

    @Test
    void resultsAreRememberedByAdapter() {
        answer(1, "");
        ScoredMedia warm = answer(1, "warm");
        ScoredMedia cold = answer(1, "cold");

        assertThat(answer(1, "warm/1")).isEqualTo(warm);
        assertThat(logit(cold)).isNotEqualTo(logit(warm));
        assertThat(engine.framesPerRun()).as("one run a taste").hasSize(3);
        assertThat(test.scoring().statistics().remembered()).isEqualTo(1);
    }

    @Test
    void equalMediaUnderWayAreSharedOnlyWithinATaste() {
        engine.held();
        CompletableFuture<ScoredMedia> warm = score(1, "warm");
        engine.awaitRun();
        CompletableFuture<ScoredMedia> plain = score(1, "");
        Await.until("it waits for a run of its own", () -> test.queue().waitingFrames() == 1);
        engine.release(10);

        assertThat(logit(warm.join())).isNotEqualTo(logit(plain.join()));
        assertThat(test.scoring().statistics().shared()).isZero();
    }

    @Test
    void anUnknownAdapterIsToldWithThoseThereAre() {
        TestScoring.assertReason(
                ErrorReason.ADAPTER_NOT_FOUND, () -> answer(1, "hot"), "tiny-align/1", "cold/1, warm/1");
        TestScoring.assertReason(ErrorReason.ADAPTER_NOT_FOUND, () -> answer(1, "warm/2"), "cold/1, warm/1");
        TestScoring.assertReason(
                ErrorReason.ADAPTER_NOT_FOUND, () -> test.models().loadAdapter("hot", false, ""), "warm/2");
        TestScoring.assertReason(ErrorReason.NOT_ALLOWED, () -> test.models()
                .loadAdapter(store.resolve("warm/2").toString(), false, ""));
        assertThat(engine.framesPerRun()).isEmpty();
    }

    @Test
    void aNameMeansTheNewestVersionOfAnAdapter() {
        test.models().loadAdapter("warm", false, "");

        assertThat(answer(1, "warm").adapter()).map(AdapterRef::version).contains("2");
        assertThat(answer(1, "warm/1").adapter()).map(AdapterRef::version).contains("1");
        assertThat(test.models().status("").adapters())
                .extracting(AdapterRef::toString)
                .containsExactly("cold/1", "warm/1", "warm/2");
    }

    /** The cost of switching: runs of a mixed burst are those of its tastes, each rounded up, whatever the order of arrival. */
    @Test
    void rowsOfOneTasteInABurstAreRunTogether() {
        List<String> tastes = List.of("warm", "cold", "");
        List<CompletableFuture<ScoredMedia>> all = burst(24, i -> tastes.get(i % 3));
        engine.release(1000);
        all.forEach(CompletableFuture::join);

        assertThat(engine.framesPerRun()).as("the first ran alone").containsExactly(1, 8, 8, 8);
        assertThat(engine.adapterPerRun().subList(1, 4)).doesNotHaveDuplicates();
        assertThat(all)
                .extracting(
                        answer -> answer.join().adapter().map(AdapterRef::name).orElse(""))
                .containsExactlyElementsOf(
                        IntStream.range(0, 24).mapToObj(i -> tastes.get(i % 3)).toList());
    }

    @Test
    void noTasteStarvesBehindABusyOne() {
        List<CompletableFuture<ScoredMedia>> all = burst(41, i -> i == 20 ? "cold" : "warm");
        engine.release(1000);
        all.forEach(CompletableFuture::join);

        AdapterHandle cold = engine.adapterPerRun().stream()
                .filter(Objects::nonNull)
                .filter(adapter -> adapter.manifest().name().equals("cold"))
                .findFirst()
                .orElseThrow();
        assertThat(engine.adapterPerRun().indexOf(cold))
                .as("20 older ones make three runs, younger ones wait: %s", engine.framesPerRun())
                .isEqualTo(4);
        assertThat(engine.framesPerRun()).containsExactly(1, 8, 8, 8, 1, 8, 8);
    }

    @Test
    void anAdapterThatIsTakenOffAnswersWhatItHasFirst() {
        engine.held();
        CompletableFuture<ScoredMedia> running = score(1, "warm");
        engine.awaitRun();
        CompletableFuture<AdapterRef> leaving =
                CompletableFuture.supplyAsync(() -> test.models().unloadAdapter("warm", ""));
        Await.until(
                "it is not listed", () -> test.models().status("").adapters().size() == 1);

        TestScoring.assertReason(
                ErrorReason.ADAPTER_NOT_FOUND, () -> test.models().lease("", "warm"));
        assertThat(leaving).isNotDone();
        engine.release(10);

        assertThat(running.join().adapter()).map(AdapterRef::name).contains("warm");
        assertThat(leaving.join().name()).isEqualTo("warm");
        assertThat(Objects.requireNonNull(engine.adapterPerRun().get(0)).freed())
                .isTrue();
        TestScoring.assertReason(
                ErrorReason.ADAPTER_NOT_FOUND, () -> test.models().unloadAdapter("warm", ""));
    }

    @Test
    void adaptersComeAndGoUnderLoadWithoutAFailedRequest() throws InterruptedException {
        AtomicInteger pictures = new AtomicInteger();
        AtomicInteger answers = new AtomicInteger();
        Queue<String> wrong = new ConcurrentLinkedQueue<>();
        AtomicInteger enough = new AtomicInteger();
        List<Thread> callers = new ArrayList<>();
        for (String taste : List.of("", "cold", "warm", "warm/1")) {
            Thread caller = new Thread(() -> {
                while (enough.get() == 0) {
                    try {
                        ScoredMedia scored =
                                score(pictures.incrementAndGet(), taste).join();
                        if (!scored.adapter().map(AdapterRef::name).orElse("").equals(taste.replace("/1", ""))) {
                            wrong.add(taste + " answered by " + scored.adapter());
                        }
                        answers.incrementAndGet();
                    } catch (CompletionException e) {
                        wrong.add(taste + ": " + e.getCause());
                    }
                }
            });
            callers.add(caller);
            caller.start();
        }
        for (int round = 0; round < ROUNDS; round++) {
            test.models().loadAdapter("warm/2", false, "");
            int seen = answers.get();
            Await.until("answers come", () -> answers.get() > seen + CALLERS || !wrong.isEmpty());
            test.models().unloadAdapter("warm/2", ""); // requests for "warm" go back to version 1
        }
        enough.set(1);
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(wrong).isEmpty();
    }

    /** Submits while one run is held, so that all of them wait when it ends. */
    private List<CompletableFuture<ScoredMedia>> burst(int count, IntFunction<String> taste) {
        engine.held();
        CompletableFuture<ScoredMedia> first = score(1000, "");
        engine.awaitRun();
        List<CompletableFuture<ScoredMedia>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(score(i, taste.apply(i)));
            int waiting = i + 1; // one by one, so that they wait in this order
            Await.until(waiting + " wait", () -> test.queue().waitingFrames() == waiting);
        }
        engine.release(1);
        first.join();
        return all;
    }

    private CompletableFuture<ScoredMedia> score(int picture, String adapter) {
        return test.scoring()
                .score(ScoringRequest.of(
                        MediaSource.of(TestPictures.plain(picture)), ScoreOptions.DEFAULT.withAdapter(adapter)));
    }

    private ScoredMedia answer(int picture, String adapter) {
        return score(picture, adapter).join();
    }

    private static float logit(ScoredMedia media) {
        return Objects.requireNonNull(media.scores().get(Task.QUALITY)).logits().get(0);
    }
}
