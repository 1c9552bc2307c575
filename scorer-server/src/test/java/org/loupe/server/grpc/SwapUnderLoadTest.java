package org.loupe.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.batch.BatchConfig;
import org.loupe.client.ClientConfig;
import org.loupe.client.MediaContent;
import org.loupe.client.ScoreOptions;
import org.loupe.client.ScoringClient;
import org.loupe.client.WireErrors;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtEngine;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.proto.v1.ListModelsRequest;
import org.loupe.proto.v1.LoadModelRequest;
import org.loupe.proto.v1.LoadModelResponse;
import org.loupe.proto.v1.ModelServiceGrpc;
import org.loupe.proto.v1.SetAliasRequest;
import org.loupe.proto.v1.UnloadModelRequest;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.scoring.TestPackages;
import org.loupe.scoring.TestPictures;
import org.loupe.scoring.TestScoring;
import org.loupe.server.access.AccessConfig;
import org.loupe.server.access.Token;
import org.loupe.testkit.Await;

/** A real server on a real port with the real tiny model, scored on without pause while its models change. Clients do not retry. */
@SuppressWarnings("NullAway.Init") // opened before each test
@Timeout(180)
class SwapUnderLoadTest {
    private static final int CALLERS = 4;
    private static final int ROUNDS = 6;
    /** Answers seen in each state before the next change. */
    private static final int ANSWERS_BETWEEN = 12;

    @TempDir
    private Path store;

    private final AtomicInteger pictures = new AtomicInteger();
    private final AtomicInteger answers = new AtomicInteger();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final List<Thread> callers = new ArrayList<>();
    private final Set<String> known = new HashSet<>();
    /** The only digest that requests which begin now may be answered with; null while it changes. */
    private volatile @Nullable String only;

    private volatile boolean enough;
    private String one;
    private String two;
    private TestScoring scoring;
    private GrpcPort port;
    private ManagedChannel channel;
    private ScoringClient client;
    private ModelServiceGrpc.ModelServiceBlockingStub models;

    @BeforeEach
    void open() {
        TestPackages packages = new TestPackages(store);
        one = packages.add("taste", "1");
        two = packages.add("taste", "2");
        packages.add(
                "broken", "1", directory -> Files.write(directory.resolve(ModelPackage.GRAPH), new byte[] {1, 2, 3}));
        known.addAll(List.of(one, two));
        scoring = new TestScoring(
                ModelConfig.DEFAULT.withDefault("taste/1"),
                store,
                model -> OrtEngine.open(model, EngineConfig.DEFAULT.withThreads(1)),
                new BatchConfig(8, 32, Duration.ofMillis(1), 64),
                Optional::empty);
        GrpcConfig config = new GrpcConfig("127.0.0.1", 0, 32L << 20, 1, 4, 64, Duration.ofSeconds(30));
        port = GrpcPort.open(
                scoring.scoring(),
                scoring.models(),
                ModelConfig.Administration.STORE,
                config,
                AccessConfig.DEFAULT,
                Token.of(AccessConfig.DEFAULT));
        client = ScoringClient.connect(
                ClientConfig.of("127.0.0.1:" + port.port()).withRetries(1, Duration.ofMillis(1), Duration.ofMillis(1)));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", port.port())
                .usePlaintext()
                .build();
        models = ModelServiceGrpc.newBlockingStub(channel).withDeadlineAfter(150, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws InterruptedException {
        enough = true;
        for (Thread caller : callers) {
            caller.join();
        }
        client.close();
        channel.shutdownNow();
        port.close();
        scoring.close();
    }

    @Test
    void noRequestFailsAndNoneIsAnsweredByTheOldModelAfterTheSwitch() {
        only = one;
        keepScoring("");
        String current = "taste/1";
        for (int round = 0; round < ROUNDS; round++) {
            String next = current.equals("taste/1") ? "taste/2" : "taste/1";
            seeAnswers();
            only = null;
            if (round % 2 == 0) {
                LoadModelResponse loaded = models.loadModel(LoadModelRequest.newBuilder()
                        .setModel(next)
                        .setAlias("default")
                        .setReplace(true)
                        .build());
                assertThat(loaded.getUnloadedList()).hasSize(1);
                assertThat(loaded.getCutOff()).isZero();
            } else {
                models.loadModel(LoadModelRequest.newBuilder().setModel(next).build());
                seeAnswers();
                models.setAlias(SetAliasRequest.newBuilder()
                        .setAlias("default")
                        .setTarget(next)
                        .build());
                assertThat(models.unloadModel(UnloadModelRequest.newBuilder()
                                        .setModel(current)
                                        .build())
                                .getCutOff())
                        .isZero();
            }
            only = next.equals("taste/1") ? one : two;
            current = next;
        }
        seeAnswers();
        assertThat(wrong).isEmpty();
        assertThat(models.listModels(ListModelsRequest.getDefaultInstance()).getModelsList())
                .hasSize(1);
    }

    @Test
    void aNameLeadsToTheNewestVersionFromOneRequestToTheNext() {
        only = one;
        keepScoring("taste");
        for (int round = 0; round < ROUNDS; round++) {
            seeAnswers();
            only = null;
            models.loadModel(LoadModelRequest.newBuilder().setModel("taste/2").build());
            only = two;
            seeAnswers();
            only = null;
            models.unloadModel(
                    UnloadModelRequest.newBuilder().setModel("taste/2").build());
            only = one;
        }
        seeAnswers();
        assertThat(wrong).isEmpty();
    }

    @Test
    void aBrokenPackageDisturbsNobody() {
        only = one;
        keepScoring("");
        for (int round = 0; round < ROUNDS; round++) {
            seeAnswers();
            ScoringException refusal = refusal(LoadModelRequest.newBuilder()
                    .setModel("broken")
                    .setAlias("default")
                    .setReplace(true));
            assertThat(refusal.reason()).isEqualTo(ErrorReason.MODEL_PACKAGE_INVALID);
        }
        assertThat(refusal(LoadModelRequest.newBuilder().setModel("/etc")).reason())
                .isEqualTo(ErrorReason.NOT_ALLOWED);
        assertThat(refusal(LoadModelRequest.newBuilder().setModel("taste/3")).reason())
                .isEqualTo(ErrorReason.MODEL_NOT_FOUND);
        seeAnswers();
        assertThat(wrong).isEmpty();
    }

    private ScoringException refusal(LoadModelRequest.Builder request) {
        try {
            models.loadModel(request.build());
        } catch (RuntimeException e) {
            return WireErrors.fromFailure(e);
        }
        throw new AssertionError("was loaded");
    }

    private void keepScoring(String model) {
        for (int i = 0; i < CALLERS; i++) {
            Thread caller = new Thread(() -> scoreUntilEnough(ScoreOptions.DEFAULT.withModel(model)), "caller-" + i);
            callers.add(caller);
            caller.start();
        }
    }

    private void scoreUntilEnough(ScoreOptions options) {
        while (!enough) {
            String before = only;
            try {
                // each picture is new, so that no answer is remembered
                ScoredMedia scored =
                        client.score(MediaContent.of(TestPictures.plain(pictures.incrementAndGet())), options);
                String digest = scored.model().digest();
                boolean settled = before != null && before.equals(only); // begun and ended in one state
                if (!known.contains(digest) || (settled && !digest.equals(before))) {
                    wrong.add("wanted " + before + ", answered by " + digest);
                }
                answers.incrementAndGet();
            } catch (ScoringException e) {
                wrong.add(e.reason() + ": " + e.getMessage());
            }
        }
    }

    private void seeAnswers() {
        int until = answers.get() + ANSWERS_BETWEEN;
        Await.until("answers come", () -> answers.get() >= until || !wrong.isEmpty());
    }
}
