package org.loupe.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.batch.BatchConfig;
import org.loupe.batch.FakeEngine;
import org.loupe.batch.JobAnswer;
import org.loupe.batch.Lane;
import org.loupe.batch.ScoreJob;
import org.loupe.client.ScoreOptions;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaSource;
import org.loupe.engine.AdapterHandle;
import org.loupe.engine.Engine;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.EngineResult;
import org.loupe.engine.OrtEngine;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.scratch.ScratchDirectory;
import org.loupe.testkit.Await;

/** Loading, unloading and renaming models, over engines the test holds in its hand. */
@SuppressWarnings("NullAway.Init") // opened before each test
@Timeout(120)
class ModelsTest {
    private static final long MIB = 1L << 20;
    /** More than a tiny model is thought to need, less than two of them. */
    private static final long ROOM_FOR_ONE = 100 * MIB;

    @TempDir
    private Path store;

    /** By {@code name/version}, the latest opened. */
    private final Map<String, FakeEngine> engines = new ConcurrentHashMap<>();

    private final List<String> events = Collections.synchronizedList(new ArrayList<>());
    private volatile Optional<MemoryProbe.Memory> memory = Optional.empty();
    private volatile @Nullable String refused;
    private TestPackages packages;
    private String first;
    private String second;
    private TestScoring test;

    @BeforeEach
    void open() {
        packages = new TestPackages(store);
        first = packages.add("taste", "1");
        second = packages.add("taste", "10");
        packages.add("other", "1");
        test = over(Duration.ofSeconds(30));
    }

    private TestScoring over(Duration drain) {
        return new TestScoring(
                new ModelConfig(
                        "taste/1",
                        List.of(),
                        Optional.of(store),
                        List.of(),
                        ModelConfig.Administration.STORE,
                        drain,
                        false),
                store,
                this::engine,
                new BatchConfig(8, 32, Duration.ZERO, 64),
                () -> memory);
    }

    private Engine engine(ModelPackage model) {
        String key = model.manifest().ref().toString();
        if (key.equals(refused)) {
            throw new ScoringException(ErrorReason.MODEL_PACKAGE_INVALID, "this graph is refused");
        }
        FakeEngine engine = new FakeEngine(5);
        engines.put(key, engine);
        events.add("open " + key);
        return new Engine() {
            @Override
            public EngineResult run(EngineBatch batch) {
                return engine.run(batch);
            }

            @Override
            public AdapterHandle addAdapter(AdapterPackage adapter) {
                return engine.addAdapter(adapter);
            }

            @Override
            public void close() {
                events.add("close " + key);
                engine.close();
            }
        };
    }

    @AfterEach
    void close() {
        engines.values().forEach(engine -> engine.release(1000));
        test.close();
        assertThat(events.stream().filter(event -> event.startsWith("open")).count())
                .as("every engine that was opened is closed once: %s", events)
                .isEqualTo(events.stream()
                        .filter(event -> event.startsWith("close"))
                        .count());
    }

    @Test
    void aModelIsVisibleOnlyAfterARunOfEveryPrompt() {
        LoadResult loaded = test.models().load(request("taste/10"));

        FakeEngine engine = engine("taste/10");
        assertThat(engine.framesPerRun()).as("a still and a clip").containsExactly(1, 2);
        assertThat(test.models().find("taste/10").queue().statistics().runs()).isZero();
        assertThat(loaded.model().state()).isEqualTo(ModelStatus.State.READY);
        assertThat(loaded.unloaded()).isEmpty();
    }

    @Test
    void aNameMeansItsNewestVersionAndTheDefaultStays() {
        test.models().load(request("taste/10"));

        assertThat(answer(1, "taste").model().digest()).isEqualTo(second);
        assertThat(answer(2, "taste/1").model().digest()).isEqualTo(first);
        assertThat(answer(3, "").model().digest()).as("pinned").isEqualTo(first);
        assertThat(test.models().list())
                .extracting(model -> model.manifest().version(), ModelStatus::aliases)
                .containsExactly(tuple("1", List.of("default")), tuple("10", List.of()));
    }

    @Test
    void anAliasIsSwitchedInOneStepAndRemoved() {
        test.models().load(new LoadRequest("taste/10", false, "house", false));
        assertThat(answer(1, "house").model().digest()).isEqualTo(second);

        Models.Aliased set = test.models().alias("house", "taste/1");
        assertThat(set.before())
                .hasValueSatisfying(before -> assertThat(before.digest()).isEqualTo(second));
        assertThat(answer(2, "house").model().digest()).isEqualTo(first);

        test.models().removeAlias("house");
        TestScoring.assertReason(
                ErrorReason.MODEL_NOT_FOUND, () -> test.models().find("house"), "taste/1", "taste/10");
    }

    @Test
    void aliasesThatCouldBeMisunderstoodAreRefused() {
        TestScoring.assertReason(
                ErrorReason.INVALID_REQUEST, () -> test.models().alias("My House", "taste"));
        TestScoring.assertReason(ErrorReason.MODEL_IN_USE, () -> test.models().alias("taste", "taste/1"));
        TestScoring.assertReason(
                ErrorReason.MODEL_NOT_FOUND, () -> test.models().alias("house", "none"));
        TestScoring.assertReason(ErrorReason.MODEL_IN_USE, () -> test.models().removeAlias("default"));
        test.models().alias("other", "taste/1");
        TestScoring.assertReason(ErrorReason.MODEL_IN_USE, () -> test.models().load(request("other")), "alias");
    }

    @Test
    void aModelThatIsUnloadedAnswersWhatItHasFirst() {
        test.models().load(request("taste/10"));
        FakeEngine leaving = engine("taste/10").held();
        CompletableFuture<ScoredMedia> running = score(1, "taste/10");
        awaitHeld("taste/10", 3);

        CompletableFuture<Models.Unloaded> unloading =
                CompletableFuture.supplyAsync(() -> test.models().unload("taste/10"));
        Await.until("it is listed as draining", () -> test.models().list().stream()
                .anyMatch(model -> model.state() == ModelStatus.State.DRAINING));
        TestScoring.assertReason(
                ErrorReason.MODEL_NOT_FOUND, () -> test.models().find("taste/10"));
        assertThat(answer(2, "taste").model().digest()).as("the name leads on").isEqualTo(first);
        assertThat(leaving.closed()).isFalse();

        leaving.release(10);
        assertThat(running.join().model().digest()).isEqualTo(second);
        assertThat(unloading.join().cutOff()).isZero();
        assertThat(leaving.closed()).isTrue();
        assertThat(test.models().list()).hasSize(1);
    }

    @Test
    void whatIsUnansweredAfterTheDrainTimeIsCutOffAndCounted() {
        test.close();
        test = over(Duration.ZERO);
        test.models().load(request("taste/10"));
        engine("taste/10").held();
        CompletableFuture<ScoredMedia> running = score(1, "taste/10");
        awaitHeld("taste/10", 3);

        LoadedModel leaving = test.models().find("taste/10");
        CompletableFuture<Models.Unloaded> unloading =
                CompletableFuture.supplyAsync(() -> test.models().unload("taste/10"));
        Await.until("its queue takes nothing more", () -> shutsDown(leaving));
        engine("taste/10").release(1000);

        assertThat(unloading.join().cutOff()).isEqualTo(1);
        assertThat(running.join().scores()).as("it was in the engine already").hasSize(2);
    }

    @Test
    void whatTheDefaultPointsToIsNotUnloadedUnlessReplaced() {
        test.models().load(request("taste/10"));
        TestScoring.assertReason(ErrorReason.MODEL_IN_USE, () -> test.models().unload("taste/1"), "default", "replace");
        assertThat(answer(1, "").model().digest()).isEqualTo(first);

        LoadResult loaded = test.models().load(new LoadRequest("taste/10", false, "default", true));

        assertThat(loaded.unloaded()).extracting(ref -> ref.digest()).containsExactly(first);
        assertThat(loaded.drainedFirst()).isFalse();
        assertThat(answer(2, "").model().digest()).isEqualTo(second);
        assertThat(engine("taste/1").closed()).isTrue();
    }

    @Test
    void replacingMovesTheAliasesAlong() {
        test.models().alias("house", "taste/1");
        test.models().load(new LoadRequest("taste/10", false, "", true));

        assertThat(answer(1, "house").model().digest()).isEqualTo(second);
        assertThat(answer(2, "").model().digest()).isEqualTo(second);
        assertThat(events).containsExactly("open taste/1", "open taste/10", "close taste/1");
    }

    @Test
    void aBrokenPackageLeavesTheOldOneServing() throws Exception {
        packages.add("taste", "11");
        Files.writeString(
                packages.place("taste", "11").resolve(ModelPackage.CARD), "changed", StandardOpenOption.APPEND);
        TestScoring.assertReason(
                ErrorReason.MODEL_PACKAGE_INVALID, () -> test.models().load(replacing("taste/11")), "digest");

        refused = "taste/10";
        TestScoring.assertReason(
                ErrorReason.MODEL_PACKAGE_INVALID, () -> test.models().load(replacing("taste/10")), "refused");
        TestScoring.assertReason(
                ErrorReason.MODEL_NOT_FOUND, () -> test.models().load(replacing("taste/12")), "taste/10");

        assertThat(answer(1, "taste").model().digest()).isEqualTo(first);
        assertThat(test.models().list()).hasSize(1);
    }

    @Test
    void graphsThatCannotServeAreRefusedByTheRealEngine() {
        packages.add("cut", "1", directory -> {
            Path graph = directory.resolve(ModelPackage.GRAPH);
            byte[] bytes = Files.readAllBytes(graph);
            Files.write(graph, Arrays.copyOf(bytes, bytes.length / 2));
        });
        packages.add("signed", "1", directory -> {
            Path graph = directory.resolve(ModelPackage.GRAPH);
            String bytes = Files.readString(graph, StandardCharsets.ISO_8859_1);
            Files.writeString(graph, bytes.replace("row_prompt", "row_prompX"), StandardCharsets.ISO_8859_1);
        });
        try (TestScoring real = new TestScoring(
                ModelConfig.DEFAULT.withDefault("taste/1"),
                store,
                model -> OrtEngine.open(model, EngineConfig.DEFAULT.withThreads(1)),
                new BatchConfig(8, 32, Duration.ZERO, 64),
                Optional::empty)) {
            TestScoring.assertReason(
                    ErrorReason.MODEL_PACKAGE_INVALID, () -> real.models().load(request("cut/1")));
            TestScoring.assertReason(
                    ErrorReason.MODEL_PACKAGE_INVALID, () -> real.models().load(request("signed/1")), "row_prompt");
            assertThat(real.models().list()).hasSize(1);
            assertThat(real.models().load(request("taste/10")).model().state()).isEqualTo(ModelStatus.State.READY);
        }
    }

    @Test
    void aModelWhoseFirstRunFailsIsNotShown() {
        try (TestScoring wrong = new TestScoring(
                ModelConfig.DEFAULT.withDefault("taste/1"),
                store,
                model -> new FakeEngine(model.manifest().name().equals("other") ? 3 : 5),
                new BatchConfig(8, 32, Duration.ZERO, 64),
                Optional::empty)) {
            TestScoring.assertReason(
                    ErrorReason.MODEL_FAILED, () -> wrong.models().load(request("other")), "3 logits for 5");
            assertThat(wrong.models().list()).hasSize(1);
        }
    }

    @Test
    void withoutMemoryForBothLoadingRefusesWithTheFigures() {
        memory = Optional.of(new MemoryProbe.Memory(10 * MIB, 2048 * MIB));

        TestScoring.assertReason(
                ErrorReason.INSUFFICIENT_MEMORY,
                () -> test.models().load(request("taste/10")),
                "taste/10 (fp32) needs about 6",
                "10 MiB of 2.0 GiB are free",
                "taste/1 (about 6",
                "replace");
        TestScoring.assertReason(
                ErrorReason.INSUFFICIENT_MEMORY,
                () -> {
                    memory = Optional.of(new MemoryProbe.Memory(0, 2048 * MIB));
                    packages.add(
                            "taste",
                            "11",
                            directory -> Files.write(directory.resolve("extra.bin"), new byte[(int) (2 * MIB)]));
                    test.models().load(replacing("taste/11"));
                },
                "even after");
        assertThat(events).containsExactly("open taste/1");
    }

    @Test
    void replacingDrainsFirstWhereMemoryHoldsOnlyOne() {
        memory = Optional.of(new MemoryProbe.Memory(ROOM_FOR_ONE / 2, 2048 * MIB));

        LoadResult loaded = test.models().load(replacing("taste/10"));

        assertThat(loaded.drainedFirst()).isTrue();
        assertThat(events).containsExactly("open taste/1", "close taste/1", "open taste/10");
        assertThat(answer(1, "").model().digest()).isEqualTo(second);
    }

    @Test
    void aFailureAfterDrainingBringsTheOldOneBack() {
        memory = Optional.of(new MemoryProbe.Memory(ROOM_FOR_ONE / 2, 2048 * MIB));
        refused = "taste/10";

        TestScoring.assertReason(
                ErrorReason.MODEL_PACKAGE_INVALID, () -> test.models().load(replacing("taste/10")));

        assertThat(events).containsExactly("open taste/1", "close taste/1", "open taste/1");
        assertThat(answer(1, "").model().digest()).isEqualTo(first);
        assertThat(test.models().status("").aliases()).containsExactly("default");
    }

    @Test
    void whileOneIsReplacedWithoutRoomCallersAreToldToComeBack() {
        memory = Optional.of(new MemoryProbe.Memory(ROOM_FOR_ONE / 2, 2048 * MIB));
        FakeEngine old = engine("taste/1").held();
        CompletableFuture<ScoredMedia> running = score(1, "");
        awaitHeld("taste/1", 1);
        CompletableFuture<LoadResult> loading =
                CompletableFuture.supplyAsync(() -> test.models().load(replacing("taste/10")));
        ScoringException told = Await.value("a refusal", () -> {
            try {
                test.models().lease("", "").close();
                return null;
            } catch (ScoringException e) {
                return e;
            }
        });
        assertThat(told.reason()).isEqualTo(ErrorReason.OVERLOADED);
        assertThat(told.retryAfter()).isPresent();

        old.release(10);
        assertThat(running.join().model().digest()).isEqualTo(first);
        assertThat(loading.join().drainedFirst()).isTrue();
    }

    @Test
    void theSamePackageIsLoadedOnceAndAnotherUnderItsNameIsRefused() throws Exception {
        test.models().load(new LoadRequest("taste/1", false, "house", false));
        assertThat(events).containsExactly("open taste/1");
        assertThat(test.models().status("house").manifest().version()).isEqualTo("1");

        ScratchDirectory.delete(packages.place("taste", "1"));
        String changed = packages.add(
                "taste",
                "1",
                directory ->
                        Files.writeString(directory.resolve(ModelPackage.CARD), "another", StandardOpenOption.APPEND));
        TestScoring.assertReason(ErrorReason.MODEL_IN_USE, () -> test.models().load(request("taste/1")), "version");
        test.models().load(replacing("taste/1"));
        assertThat(answer(1, "").model().digest()).isEqualTo(changed);
    }

    @Test
    void pathsAreOpenedOnlyForThoseWhoMay() {
        String path = packages.place("taste", "10").toString();
        TestScoring.assertReason(
                ErrorReason.NOT_ALLOWED, () -> test.models().load(request(path)), "model.administration");
        TestScoring.assertReason(ErrorReason.NOT_ALLOWED, () -> test.models().load(request("../" + path)));
        TestScoring.assertReason(ErrorReason.NOT_ALLOWED, () -> test.models().load(request("taste/../taste/10")));

        assertThat(test.models()
                        .load(new LoadRequest(path, true, "", false))
                        .model()
                        .manifest()
                        .version())
                .isEqualTo("10");
    }

    @Test
    void aClosedRegistryRefusesEverything() {
        test.close();
        TestScoring.assertReason(ErrorReason.SHUTTING_DOWN, () -> test.models().lease("", ""));
        TestScoring.assertReason(ErrorReason.SHUTTING_DOWN, () -> test.models().load(request("taste/10")));
        TestScoring.assertReason(ErrorReason.SHUTTING_DOWN, () -> test.models().unload("taste/1"));
        TestScoring.assertReason(ErrorReason.SHUTTING_DOWN, () -> test.models().alias("house", "taste/1"));
    }

    private static LoadRequest request(String reference) {
        return new LoadRequest(reference, false, "", false);
    }

    private static LoadRequest replacing(String reference) {
        return new LoadRequest(reference, false, "", true);
    }

    private FakeEngine engine(String key) {
        FakeEngine engine = engines.get(key);
        assertThat(engine).as("engine of " + key).isNotNull();
        return Objects.requireNonNull(engine);
    }

    /** @param runs how many the engine has begun with the one that is held; two are those that warmed it */
    private void awaitHeld(String key, int runs) {
        Await.until("a run is held", () -> engine(key).framesPerRun().size() == runs);
    }

    private static boolean shutsDown(LoadedModel model) {
        Frame frame = new Frame(56, 56, new byte[56 * 56 * 3]);
        CompletableFuture<JobAnswer> answer =
                model.queue().submit(new ScoreJob(List.of(frame), List.of(0), OptionalLong.empty(), Lane.BULK));
        return answer.isCompletedExceptionally()
                && answer.handle((value, failure) -> failure instanceof ScoringException known
                                && known.reason() == ErrorReason.SHUTTING_DOWN)
                        .join();
    }

    private CompletableFuture<ScoredMedia> score(int picture, String model) {
        return test.scoring()
                .score(ScoringRequest.of(
                        MediaSource.of(TestPictures.png(picture)), ScoreOptions.DEFAULT.withModel(model)));
    }

    private ScoredMedia answer(int picture, String model) {
        return score(picture, model).join();
    }
}
