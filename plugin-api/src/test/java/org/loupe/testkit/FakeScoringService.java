package org.loupe.testkit;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.loupe.client.ClientConfig;
import org.loupe.client.ModelInfo;
import org.loupe.client.ScoreOptions;
import org.loupe.client.ScoringClient;
import org.loupe.client.WireErrors;
import org.loupe.client.WireMessages;
import org.loupe.media.MediaTypes;
import org.loupe.proto.v1.GetModelRequest;
import org.loupe.proto.v1.GetModelResponse;
import org.loupe.proto.v1.ListModelsRequest;
import org.loupe.proto.v1.ListModelsResponse;
import org.loupe.proto.v1.ModelServiceGrpc;
import org.loupe.proto.v1.ScoreRequest;
import org.loupe.proto.v1.ScoreResponse;
import org.loupe.proto.v1.ScoreStreamRequest;
import org.loupe.proto.v1.ScoreStreamResponse;
import org.loupe.proto.v1.ScoringServiceGrpc;
import org.loupe.proto.v1.UploadHeader;
import org.loupe.proto.v1.UploadRequest;
import org.loupe.proto.v1.UploadResponse;
import org.loupe.score.AdapterRef;
import org.loupe.score.ErrorReason;
import org.loupe.score.ModelRef;
import org.loupe.score.Score;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/**
 * A real {@code loupe.v1} service on loopback that scores without a model: the scores follow from the digest of the bytes, so they are the
 * same every time. JPEG and PNG that break off are MEDIA_CORRUPT. It can be told to be full, slow, gone, or to have another model. Safe
 * for use by many threads.
 */
public final class FakeScoringService implements AutoCloseable {
    private static final List<String> LEVELS = List.of("excellent", "good", "fair", "poor", "bad");
    private static final List<Float> WEIGHTS = List.of(5f, 4f, 3f, 2f, 1f);
    private static final int MAX_MESSAGE_BYTES = 33 * 1024 * 1024;

    private Server server;
    private final int port;
    private String version = "1";
    private ErrorReason failure = ErrorReason.OVERLOADED;
    private int failuresLeft;
    private Optional<String> token = Optional.empty();
    private CountDownLatch gate = new CountDownLatch(0);
    private final List<String> scored = new ArrayList<>();
    private List<AdapterRef> adapters = List.of();
    private int calls;
    private int uploads;

    private FakeScoringService() {
        server = listen(0);
        port = server.getPort();
    }

    /** Starts on a free port. */
    public static FakeScoringService start() {
        return new FakeScoringService();
    }

    /** @return {@code host:port} */
    public String target() {
        return "127.0.0.1:" + port;
    }

    /** @return a client of this service with short waits; the caller closes it */
    public ScoringClient client() {
        return ScoringClient.connect(clientConfig());
    }

    /** @return how {@link #client} is configured */
    public ClientConfig clientConfig() {
        return ClientConfig.of(target()).withRetries(3, Duration.ofMillis(1), Duration.ofMillis(10));
    }

    /** The next {@code times} scorings fail with the reason; retryable ones say to come back after a millisecond. */
    public synchronized void failNext(int times, ErrorReason reason) {
        failuresLeft = times;
        failure = reason;
    }

    /** The next {@code times} scorings are answered OVERLOADED. */
    public void overloadNext(int times) {
        failNext(times, ErrorReason.OVERLOADED);
    }

    /** Scorings begun from now on wait for {@link #release}. */
    public synchronized void hold() {
        gate = new CountDownLatch(1);
    }

    public synchronized void release() {
        gate.countDown();
    }

    /** Drops every connection and listens no more. */
    public void stop() {
        Server running;
        synchronized (this) {
            running = server;
        }
        running.shutdownNow();
        try {
            running.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Listens again on the same port after {@link #stop}. */
    public synchronized void restart() {
        server = listen(port);
    }

    /** From now on scores come from another version of the model, and differ. */
    public synchronized void upgradeModel(String newVersion) {
        version = newVersion;
    }

    /** From now on these taste adapters, {@code name/version}, may be asked for; scores with one differ from those without. */
    public synchronized void adapters(String... names) {
        adapters = Arrays.stream(names)
                .map(name -> new AdapterRef(
                        name.substring(0, name.indexOf('/')),
                        name.substring(name.indexOf('/') + 1),
                        sha256(name.getBytes(StandardCharsets.UTF_8))))
                .toList();
    }

    /** From now on calls need this bearer token. */
    public synchronized void requireToken(String bearer) {
        token = Optional.of(bearer);
    }

    /** @return calls to score, failed ones included */
    public synchronized int calls() {
        return calls;
    }

    /** @return how many of the calls were uploads */
    public synchronized int uploads() {
        return uploads;
    }

    /** @return digests of the bytes scored, in order */
    public synchronized List<String> scored() {
        return List.copyOf(scored);
    }

    public synchronized ModelRef model() {
        return new ModelRef("loupe-fake", version, sha256(version.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() {
        release();
        stop();
    }

    private Server listen(int wanted) {
        try {
            return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted))
                    .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                    .intercept(new TokenCheck())
                    .addService(new Scoring())
                    .addService(new Models())
                    .build()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ScoredMedia score(byte[] bytes, org.loupe.proto.v1.ScoreOptions wire, String requestId) {
        ScoreOptions options = WireMessages.fromWire(wire, requestId);
        CountDownLatch open;
        synchronized (this) {
            calls++;
            open = gate;
            if (failuresLeft > 0) {
                failuresLeft--;
                throw new ScoringException(failure, "told to fail", null, Duration.ofMillis(1));
            }
        }
        try {
            if (!open.await(60, TimeUnit.SECONDS)) {
                throw new ScoringException(ErrorReason.INTERNAL, "held and never released");
            }
        } catch (InterruptedException e) {
            throw new ScoringException(ErrorReason.SHUTTING_DOWN, "stopped", e);
        }
        if (bytes.length == 0) {
            throw new ScoringException(ErrorReason.MEDIA_EMPTY, "there are no bytes");
        }
        String type = MediaTypes.detect(bytes, wire.getFileNameHint());
        if (!MediaTypes.isSupported(type)) {
            throw new ScoringException(ErrorReason.UNSUPPORTED_MEDIA_TYPE, type + " is not scored");
        }
        if (breaksOff(type, bytes)) {
            throw new ScoringException(ErrorReason.MEDIA_CORRUPT, "the picture breaks off");
        }
        known(options.model());
        String sha256 = sha256(bytes);
        synchronized (this) {
            Optional<AdapterRef> adapter = adapter(options.adapter());
            scored.add(sha256);
            Map<Task, Score> scores = new EnumMap<>(Task.class);
            for (Task task : options.tasks().isEmpty() ? Set.of(Task.values()) : options.tasks()) {
                scores.put(task, Score.of(task, LEVELS, WEIGHTS, logits(sha256 + task + version + options.adapter())));
            }
            return new ScoredMedia(type, model(), adapter, 1, sha256, scores, Optional.empty());
        }
    }

    private Optional<AdapterRef> adapter(String wanted) {
        if (wanted.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(adapters.stream()
                .filter(each -> each.name().equals(wanted) || each.toString().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new ScoringException(ErrorReason.ADAPTER_NOT_FOUND, "no adapter " + wanted)));
    }

    private static boolean breaksOff(String type, byte[] bytes) {
        return switch (type) {
            case "image/jpeg" -> bytes[bytes.length - 2] != (byte) 0xFF || bytes[bytes.length - 1] != (byte) 0xD9;
            case "image/png" ->
                bytes.length < 12 || ByteBuffer.wrap(bytes, bytes.length - 8, 4).getInt() != 0x49454E44;
            default -> false;
        };
    }

    private static float[] logits(String seed) {
        byte[] digest = HexFormat.of().parseHex(sha256(seed.getBytes(StandardCharsets.UTF_8)));
        float[] logits = new float[LEVELS.size()];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = digest[i] / 32f;
        }
        return logits;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void known(String ref) {
        ModelRef model = model();
        if (!ref.isEmpty() && !ref.equals(model.name()) && !ref.equals(model.toString())) {
            throw new ScoringException(ErrorReason.MODEL_NOT_FOUND, "no model " + ref + ", there is " + model);
        }
    }

    private synchronized List<AdapterRef> adapters() {
        return adapters;
    }

    private ModelInfo info() {
        return new ModelInfo(
                model(),
                true,
                "fp32",
                "Apache-2.0",
                "yes",
                Set.of(Task.values()),
                Set.of(Task.values()),
                LEVELS,
                WEIGHTS,
                1,
                List.of(new ModelInfo.Accuracy(
                        "made up",
                        Task.QUALITY,
                        2,
                        0.5,
                        0.5,
                        Optional.of(new ModelInfo.Interval(0.4, 0.6)),
                        Optional.empty())),
                ModelInfo.State.READY,
                List.of("default"),
                adapters());
    }

    private static <T> void answer(StreamObserver<T> observer, Supplier<T> work) {
        T answer;
        try {
            answer = work.get();
        } catch (ScoringException e) {
            observer.onError(WireErrors.toStatus(e));
            return;
        }
        observer.onNext(answer);
        observer.onCompleted();
    }

    private final class Scoring extends ScoringServiceGrpc.ScoringServiceImplBase {
        @Override
        public void score(ScoreRequest request, StreamObserver<ScoreResponse> observer) {
            answer(observer, () -> ScoreResponse.newBuilder()
                    .setRequestId(request.getRequestId())
                    .setMedia(WireMessages.toWire(FakeScoringService.this.score(
                            request.getContent().toByteArray(), request.getOptions(), request.getRequestId())))
                    .build());
        }

        @Override
        public StreamObserver<ScoreStreamRequest> scoreStream(StreamObserver<ScoreStreamResponse> observer) {
            return new StreamObserver<>() {
                @Override
                public void onNext(ScoreStreamRequest request) {
                    ScoreStreamResponse.Builder answer =
                            ScoreStreamResponse.newBuilder().setId(request.getId());
                    try {
                        answer.setMedia(WireMessages.toWire(FakeScoringService.this.score(
                                request.getContent().toByteArray(), request.getOptions(), request.getId())));
                    } catch (ScoringException e) {
                        answer.setFailure(WireErrors.toFailure(e));
                    }
                    observer.onNext(answer.build());
                }

                @Override
                public void onError(Throwable gone) {}

                @Override
                public void onCompleted() {
                    observer.onCompleted();
                }
            };
        }

        @Override
        public StreamObserver<UploadRequest> upload(StreamObserver<UploadResponse> observer) {
            synchronized (FakeScoringService.this) {
                uploads++;
            }
            return new StreamObserver<>() {
                private @Nullable UploadHeader header;
                private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

                @Override
                public void onNext(UploadRequest part) {
                    if (part.hasHeader()) {
                        header = part.getHeader();
                    } else {
                        ByteString chunk = part.getChunk();
                        bytes.writeBytes(chunk.toByteArray());
                    }
                }

                @Override
                public void onError(Throwable gone) {}

                @Override
                public void onCompleted() {
                    UploadHeader first = header;
                    answer(observer, () -> {
                        if (first == null || first.getSizeBytes() != bytes.size()) {
                            throw new ScoringException(ErrorReason.INVALID_REQUEST, "not the announced bytes");
                        }
                        return UploadResponse.newBuilder()
                                .setRequestId(first.getRequestId())
                                .setMedia(WireMessages.toWire(FakeScoringService.this.score(
                                        bytes.toByteArray(), first.getOptions(), first.getRequestId())))
                                .build();
                    });
                }
            };
        }
    }

    private final class Models extends ModelServiceGrpc.ModelServiceImplBase {
        @Override
        public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> observer) {
            answer(observer, () -> ListModelsResponse.newBuilder()
                    .addModels(WireMessages.toWire(info()))
                    .build());
        }

        @Override
        public void getModel(GetModelRequest request, StreamObserver<GetModelResponse> observer) {
            answer(observer, () -> {
                known(request.getModel());
                return GetModelResponse.newBuilder()
                        .setModel(WireMessages.toWire(info()))
                        .build();
            });
        }
    }

    private final class TokenCheck implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            String given = headers.get(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER));
            Optional<String> wanted;
            synchronized (FakeScoringService.this) {
                wanted = token;
            }
            if (wanted.isPresent() && !("Bearer " + wanted.get()).equals(given)) {
                var refused = WireErrors.toStatus(
                        new ScoringException(ErrorReason.UNAUTHENTICATED, "the token is missing or wrong"));
                Metadata trailers = refused.getTrailers();
                call.close(refused.getStatus(), trailers == null ? new Metadata() : trailers);
                return new ServerCall.Listener<>() {};
            }
            return next.startCall(call, headers);
        }
    }
}
