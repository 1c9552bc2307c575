package org.loupe.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.loupe.batch.FakeEngine;
import org.loupe.client.WireErrors;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.proto.v1.GetModelRequest;
import org.loupe.proto.v1.ListModelsRequest;
import org.loupe.proto.v1.ModelServiceGrpc;
import org.loupe.proto.v1.ScoreOptions;
import org.loupe.proto.v1.ScoreRequest;
import org.loupe.proto.v1.ScoreResponse;
import org.loupe.proto.v1.ScoreStreamRequest;
import org.loupe.proto.v1.ScoreStreamResponse;
import org.loupe.proto.v1.ScoringServiceGrpc;
import org.loupe.proto.v1.Task;
import org.loupe.proto.v1.UploadHeader;
import org.loupe.proto.v1.UploadRequest;
import org.loupe.proto.v1.UploadResponse;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scoring.TestPictures;
import org.loupe.scoring.TestScoring;
import org.loupe.server.access.AccessConfig;
import org.loupe.server.access.Token;
import org.loupe.testkit.Await;

/** The real services over an in-process transport, above an engine the test holds in its hand. */
@SuppressWarnings("NullAway.Init") // opened before each test
class GrpcPortTest {
    private static final String TOKEN = "0123456789abcdef";

    private final FakeEngine engine = new FakeEngine(5);
    private TestScoring scoring;
    private GrpcPort port;
    private ManagedChannel channel;

    @BeforeEach
    void open() throws IOException {
        open(AccessConfig.DEFAULT);
    }

    private void open(AccessConfig access) throws IOException {
        String name = UUID.randomUUID().toString();
        scoring = new TestScoring(model -> engine);
        GrpcConfig config = new GrpcConfig("127.0.0.1", 0, 32L << 20, 1, 4, 64, Duration.ofSeconds(30));
        port = GrpcPort.start(
                InProcessServerBuilder.forName(name),
                scoring.scoring(),
                scoring.models(),
                ModelConfig.Administration.STORE,
                config,
                Token.of(access));
        channel = InProcessChannelBuilder.forName(name).build();
    }

    @AfterEach
    void close() {
        engine.release(1000);
        channel.shutdownNow();
        port.close();
        scoring.close();
    }

    @Test
    void answersWithTheRequestsIdAndBothTasks() {
        ScoreResponse response =
                blocking(channel).score(request(1).setRequestId("r1").build());

        assertThat(response.getRequestId()).isEqualTo("r1");
        assertThat(response.getMedia().getScoresList())
                .extracting(score -> score.getTask())
                .containsExactly(Task.TASK_QUALITY, Task.TASK_AESTHETICS);
        assertThat(response.getMedia().getFrames()).isEqualTo(1);
        assertThat(scoring.queue().framesRun()).isEqualTo(1);
        assertThat(scoring.queue().rowsRun()).isEqualTo(2);
    }

    @Test
    void everyRefusalCarriesItsReason() {
        assertRefused(ScoreRequest.newBuilder(), ErrorReason.MEDIA_EMPTY, Status.Code.INVALID_ARGUMENT);
        assertRefused(content("some words"), ErrorReason.UNSUPPORTED_MEDIA_TYPE, Status.Code.INVALID_ARGUMENT);
        assertRefused(
                request(1).setOptions(ScoreOptions.newBuilder().setModel("other")),
                ErrorReason.MODEL_NOT_FOUND,
                Status.Code.NOT_FOUND);
        assertRefused(
                request(1).setOptions(ScoreOptions.newBuilder().addTasks(Task.TASK_UNSPECIFIED)),
                ErrorReason.INVALID_REQUEST,
                Status.Code.INVALID_ARGUMENT);
        assertRefused(
                request(1).setRequestId("x".repeat(129)), ErrorReason.INVALID_REQUEST, Status.Code.INVALID_ARGUMENT);
        assertThat(scoring.queue().framesRun()).isZero();
    }

    @Test
    void ourOwnFaultsStayInOurLog() {
        assertRefused(ScoreRequest.newBuilder().setContent(poisoned()), ErrorReason.MODEL_FAILED, Status.Code.INTERNAL);
        assertThatThrownBy(() -> blocking(channel)
                        .score(ScoreRequest.newBuilder().setContent(poisoned()).build()))
                .hasMessageContaining("incident")
                .hasMessageNotContaining("poison");
    }

    @Test
    void aFullQueueSaysWhenToComeBack() {
        occupyEngine();
        List<CompletableFuture<ScoreResponse>> all =
                IntStream.range(1, 6).mapToObj(i -> async(request(i).build())).toList();

        // which two of the five were in time is the server's affair: it takes calls on several threads
        Await.until(
                "three are refused",
                () -> all.stream().filter(CompletableFuture::isDone).count() == 3);
        List<ScoringException> refusals = all.stream()
                .filter(CompletableFuture::isDone)
                .map(GrpcPortTest::failure)
                .toList();

        assertThat(refusals).allSatisfy(refusal -> {
            assertThat(refusal.reason()).isEqualTo(ErrorReason.OVERLOADED);
            assertThat(refusal.retryAfter()).isPresent();
        });
    }

    @Test
    void aCallersDeadlineFreesItsPlace() {
        occupyEngine();
        ScoringServiceGrpc.ScoringServiceBlockingStub hasty =
                blocking(channel).withDeadlineAfter(300, TimeUnit.MILLISECONDS);

        assertThatThrownBy(() -> hasty.score(request(1).build()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));

        awaitWaitingFrames(0);
        engine.release(10);
        assertThat(engine.framesPerRun()).hasSize(1);
    }

    @Test
    void aStreamAnswersEveryRequestOnceUnderItsId() {
        Collector<ScoreStreamResponse> answers = new Collector<>();
        StreamObserver<ScoreStreamRequest> requests =
                ScoringServiceGrpc.newStub(channel).scoreStream(answers);
        for (int i = 0; i < 12; i++) {
            ScoreStreamRequest.Builder request = ScoreStreamRequest.newBuilder().setId("id" + i);
            requests.onNext(
                    i == 5
                            ? request.build()
                            : request.setContent(ByteString.copyFrom(TestPictures.png(i)))
                                    .build());
        }
        requests.onCompleted();

        List<ScoreStreamResponse> all = answers.all.join();
        assertThat(all)
                .extracting(ScoreStreamResponse::getId)
                .containsExactlyInAnyOrder(
                        IntStream.range(0, 12).mapToObj(i -> "id" + i).toArray(String[]::new));
        assertThat(all).filteredOn(answer -> answer.getId().equals("id5")).allSatisfy(answer -> assertThat(
                        answer.getFailure().getReason())
                .isEqualTo("MEDIA_EMPTY"));
        // How many find the short queue full depends on how fast the engine's thread is; whoever does is told so.
        assertThat(all).filteredOn(ScoreStreamResponse::hasMedia).isNotEmpty();
        assertThat(all)
                .filteredOn(answer -> !answer.hasMedia() && !answer.getId().equals("id5"))
                .allSatisfy(
                        answer -> assertThat(answer.getFailure().getReason()).isEqualTo("OVERLOADED"));
    }

    @Test
    void aStreamEndsAtASecondRequestUnderAnOpenId() {
        occupyEngine();
        Collector<ScoreStreamResponse> answers = new Collector<>();
        StreamObserver<ScoreStreamRequest> requests =
                ScoringServiceGrpc.newStub(channel).scoreStream(answers);
        ScoreStreamRequest one = ScoreStreamRequest.newBuilder()
                .setId("a")
                .setContent(ByteString.copyFrom(TestPictures.png(1)))
                .build();
        requests.onNext(one);
        requests.onNext(one);

        assertThat(failure(answers.all).reason()).isEqualTo(ErrorReason.INVALID_REQUEST);
        awaitWaitingFrames(0);
    }

    @Test
    void anUploadScoresAsOneMessageDoesAndLeavesNothing() throws IOException {
        byte[] picture = Files.readAllBytes(TestScoring.resource("/tiny-align/rgba_70x110.png"));
        Collector<UploadResponse> answer = new Collector<>();
        StreamObserver<UploadRequest> parts =
                ScoringServiceGrpc.newStub(channel).upload(answer);
        parts.onNext(header(picture.length));
        for (int at = 0; at < picture.length; at += 5000) {
            parts.onNext(chunk(picture, at, Math.min(5000, picture.length - at)));
        }
        parts.onCompleted();

        UploadResponse uploaded = answer.all.join().get(0);
        ScoreResponse inline = blocking(channel)
                .score(ScoreRequest.newBuilder()
                        .setContent(ByteString.copyFrom(picture))
                        .build());
        assertThat(uploaded.getRequestId()).isEqualTo("up");
        assertThat(uploaded.getMedia()).isEqualTo(inline.getMedia());
        assertThat(spooled()).isEmpty();
    }

    @Test
    void malformedUploadsAreRefusedAndLeaveNothing() throws IOException {
        byte[] bytes = new byte[10];
        refusedUpload(ErrorReason.INVALID_REQUEST, chunk(bytes, 0, 10));
        refusedUpload(ErrorReason.INVALID_REQUEST, header(10), header(10));
        refusedUpload(ErrorReason.INVALID_REQUEST, header(5), chunk(bytes, 0, 10));
        refusedUpload(ErrorReason.INVALID_REQUEST, header(20), chunk(bytes, 0, 10));
        refusedUpload(
                ErrorReason.INVALID_REQUEST,
                header(0),
                UploadRequest.newBuilder().setChunk(ByteString.EMPTY).build());
        refusedUpload(ErrorReason.INVALID_REQUEST, UploadRequest.getDefaultInstance());
        refusedUpload(ErrorReason.MEDIA_TOO_LARGE, header(33L << 20));
        refusedUpload(ErrorReason.MEDIA_EMPTY, header(0));
        assertThat(spooled()).isEmpty();
    }

    @Test
    @Timeout(60)
    void aCancelledUploadLeavesNothingAndGivesItsPlaceBack() throws IOException {
        Collector<UploadResponse> first = new Collector<>();
        StreamObserver<UploadRequest> parts =
                ScoringServiceGrpc.newStub(channel).upload(first);
        parts.onNext(header(0));
        Await.until("the upload has a file", () -> !spooled().isEmpty());
        assertThat(failedUpload(header(0)).reason()).as("there is one place").isEqualTo(ErrorReason.OVERLOADED);
        parts.onError(Status.CANCELLED.asRuntimeException());
        failure(first.all);

        Await.until(
                "the server heard that its place is free",
                () -> failedUpload(header(0)).reason() != ErrorReason.OVERLOADED);
        assertThat(failedUpload(header(0)).reason()).isEqualTo(ErrorReason.MEDIA_EMPTY);
        assertThat(spooled()).isEmpty();
    }

    @Test
    void listsItsModels() {
        ModelServiceGrpc.ModelServiceBlockingStub models = ModelServiceGrpc.newBlockingStub(channel);

        assertThat(models.listModels(ListModelsRequest.getDefaultInstance()).getModelsList())
                .hasSize(1);
        assertThat(models.getModel(GetModelRequest.newBuilder()
                                .setModel("tiny-align/1")
                                .build())
                        .getModel()
                        .getDefaultModel())
                .isTrue();
        assertThatThrownBy(() -> models.getModel(
                        GetModelRequest.newBuilder().setModel("no").build()))
                .satisfies(e -> assertThat(WireErrors.fromFailure(e).reason()).isEqualTo(ErrorReason.MODEL_NOT_FOUND));
    }

    @Test
    void healthAndReflectionAreThere() {
        assertThat(HealthGrpc.newBlockingStub(channel)
                        .check(HealthCheckRequest.newBuilder()
                                .setService("loupe.v1.ScoringService")
                                .build())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
        Collector<ServerReflectionResponse> answer = new Collector<>();
        StreamObserver<ServerReflectionRequest> ask =
                ServerReflectionGrpc.newStub(channel).serverReflectionInfo(answer);
        ask.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
        ask.onCompleted();
        assertThat(answer.all.join().get(0).getListServicesResponse().getServiceList())
                .extracting(service -> service.getName())
                .contains("loupe.v1.ScoringService", "loupe.v1.ModelService");
    }

    @Test
    void withoutTheTokenOnlyHealthAnswers() throws IOException {
        close();
        open(new AccessConfig(
                Optional.of(TOKEN), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()));

        assertRefused(request(1), ErrorReason.UNAUTHENTICATED, Status.Code.UNAUTHENTICATED);
        assertThatThrownBy(() -> bearing("wrong-wrong-wrong").score(request(1).build()))
                .satisfies(e -> assertThat(WireErrors.fromFailure(e).reason()).isEqualTo(ErrorReason.UNAUTHENTICATED));
        assertThat(bearing(TOKEN).score(request(1).build()).getMedia().getFrames())
                .isEqualTo(1);
        assertThat(HealthGrpc.newBlockingStub(channel)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
    }

    @Test
    void closingAnswersWhatIsUnderWay() {
        occupyEngine();
        CompletableFuture<ScoreResponse> waiting = async(request(1).build());
        awaitWaitingFrames(1);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(port::close);
        engine.release(10);
        closing.join();

        assertThat(waiting.join().getMedia().getScoresList()).hasSize(2);
        assertThat(failure(async(request(2).build())).reason()).isEqualTo(ErrorReason.SERVER_UNAVAILABLE);
    }

    private void occupyEngine() {
        engine.held();
        assertThat(async(request(200).build())).isNotDone();
        engine.awaitRun();
    }

    private void awaitWaitingFrames(int count) {
        Await.until(count + " frames wait", () -> scoring.queue().waitingFrames() == count);
    }

    private void refusedUpload(ErrorReason reason, UploadRequest... parts) {
        assertThat(failedUpload(parts).reason()).isEqualTo(reason);
    }

    private ScoringException failedUpload(UploadRequest... parts) {
        Collector<UploadResponse> answer = new Collector<>();
        StreamObserver<UploadRequest> upload =
                ScoringServiceGrpc.newStub(channel).upload(answer);
        for (UploadRequest part : parts) {
            upload.onNext(part);
        }
        upload.onCompleted();
        return failure(answer.all);
    }

    private void assertRefused(ScoreRequest.Builder request, ErrorReason reason, Status.Code code) {
        assertThatThrownBy(() -> blocking(channel).score(request.build()))
                .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                    assertThat(e.getStatus().getCode()).isEqualTo(code);
                    assertThat(WireErrors.fromFailure(e).reason()).isEqualTo(reason);
                });
    }

    private ScoringServiceGrpc.ScoringServiceBlockingStub bearing(String token) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        return blocking(channel).withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private static ScoringServiceGrpc.ScoringServiceBlockingStub blocking(Channel channel) {
        return ScoringServiceGrpc.newBlockingStub(channel);
    }

    private CompletableFuture<ScoreResponse> async(ScoreRequest request) {
        Collector<ScoreResponse> answer = new Collector<>();
        ScoringServiceGrpc.newStub(channel).score(request, answer);
        return answer.all.thenApply(all -> all.get(0));
    }

    private static ScoreRequest.Builder request(int number) {
        return ScoreRequest.newBuilder().setContent(ByteString.copyFrom(TestPictures.png(number)));
    }

    private static ScoreRequest.Builder content(String text) {
        return ScoreRequest.newBuilder().setContent(ByteString.copyFromUtf8(text));
    }

    private static ByteString poisoned() {
        return ByteString.copyFrom(TestPictures.png(FakeEngine.POISON));
    }

    private static UploadRequest header(long size) {
        return UploadRequest.newBuilder()
                .setHeader(UploadHeader.newBuilder().setRequestId("up").setSizeBytes(size))
                .build();
    }

    private static UploadRequest chunk(byte[] bytes, int at, int length) {
        return UploadRequest.newBuilder()
                .setChunk(ByteString.copyFrom(bytes, at, length))
                .build();
    }

    private static List<Path> spooled() throws IOException {
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(path -> path.getFileName().toString().startsWith("loupe-upload-"))
                    .toList();
        }
    }

    private static ScoringException failure(CompletableFuture<?> answer) {
        return answer.handle((value, failure) -> {
                    if (failure == null) {
                        throw new AssertionError("did not fail");
                    }
                    return WireErrors.fromFailure(failure);
                })
                .join();
    }

    /** Everything a call answered, when it has ended. */
    private static final class Collector<T> implements StreamObserver<T> {
        final CompletableFuture<List<T>> all = new CompletableFuture<>();
        private final List<T> soFar = new CopyOnWriteArrayList<>();

        @Override
        public void onNext(T value) {
            soFar.add(value);
        }

        @Override
        public void onError(Throwable failure) {
            all.completeExceptionally(failure);
        }

        @Override
        public void onCompleted() {
            all.complete(soFar);
        }
    }
}
