package org.loupe.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.loupe.proto.v1.GetModelRequest;
import org.loupe.proto.v1.ListModelsRequest;
import org.loupe.proto.v1.ModelServiceGrpc;
import org.loupe.proto.v1.ScoreRequest;
import org.loupe.proto.v1.ScoringServiceGrpc;
import org.loupe.proto.v1.UploadHeader;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;

/** {@link ScoringClient} over gRPC. */
@SuppressWarnings(
        "FutureReturnValueIgnored") // whenComplete is used as a listener: the future it listens to is the one returned
final class GrpcScoringClient implements ScoringClient {
    static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final ClientConfig config;
    private final List<Endpoint> endpoints;
    private final AtomicInteger turn = new AtomicInteger();
    private final ScheduledExecutorService timer;
    /** Calls under way, so that closing can end them; as many as the caller has in flight. */
    private final Set<RetryingCall<?>> open = ConcurrentHashMap.newKeySet();

    /** Open streams, for the same reason; as many as the caller opened. */
    private final Set<GrpcScoreStream> streams = ConcurrentHashMap.newKeySet();

    private volatile boolean closed;

    GrpcScoringClient(ClientConfig config, List<Endpoint> endpoints) {
        this.config = config;
        this.endpoints = List.copyOf(endpoints);
        // One thread: it only starts attempts, the transport's threads do the work.
        ScheduledThreadPoolExecutor scheduled = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "loupe-client-retry");
            thread.setDaemon(true);
            return thread;
        });
        scheduled.setRemoveOnCancelPolicy(true);
        this.timer = scheduled;
    }

    static GrpcScoringClient connect(ClientConfig config) {
        return new GrpcScoringClient(
                config,
                config.servers().stream()
                        .map(server -> Endpoint.open(server, config))
                        .toList());
    }

    @Override
    public ScoredMedia score(MediaContent content, ScoreOptions options) {
        return await(scoreAsync(content, options));
    }

    @Override
    public CompletableFuture<ScoredMedia> scoreAsync(MediaContent content, ScoreOptions options) {
        String requestId = options.requestId().orElseGet(() -> UUID.randomUUID().toString());
        org.loupe.proto.v1.ScoreOptions wire = WireMessages.toWire(options, content.fileName());
        try {
            long sizeBytes = sizeBytes(content);
            if (sizeBytes == 0) {
                throw new ScoringException(ErrorReason.MEDIA_EMPTY, "there are no bytes to score");
            }
            if (sizeBytes > INLINE_BYTES) {
                UploadHeader header = UploadHeader.newBuilder()
                        .setRequestId(requestId)
                        .setSizeBytes(sizeBytes)
                        .setOptions(wire)
                        .build();
                return start((channel, callOptions) -> Upload.start(channel, callOptions, header, content));
            }
            ScoreRequest request = ScoreRequest.newBuilder()
                    .setRequestId(requestId)
                    .setContent(bytes(content))
                    .setOptions(wire)
                    .build();
            return unary(
                    ScoringServiceGrpc.getScoreMethod(),
                    request,
                    response -> WireMessages.fromWire(response.getMedia()));
        } catch (ScoringException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public ScoreStream openStream(int window) {
        if (window < 1 || window > ScoreStream.MAX_WINDOW) {
            throw new IllegalArgumentException(
                    "a stream's window is 1 to " + ScoreStream.MAX_WINDOW + " media, not " + window);
        }
        Endpoint endpoint = RetryingCall.first(endpoints, turn.getAndIncrement());
        GrpcScoreStream stream = GrpcScoreStream.start(
                authorised(endpoint.channel()), this::scoreAsync, window, config.deadline(), streams::remove);
        streams.add(stream);
        if (stream.isOver()) {
            streams.remove(stream); // it ended before it was added
        }
        if (closed) {
            stream.cancel();
        }
        return stream;
    }

    @Override
    public List<ModelInfo> models() {
        return await(unary(
                ModelServiceGrpc.getListModelsMethod(),
                ListModelsRequest.getDefaultInstance(),
                response -> response.getModelsList().stream()
                        .map(WireMessages::fromWire)
                        .toList()));
    }

    @Override
    public ModelInfo model(String model) {
        return await(unary(
                ModelServiceGrpc.getGetModelMethod(),
                GetModelRequest.newBuilder().setModel(model).build(),
                response -> WireMessages.fromWire(response.getModel())));
    }

    @Override
    public void close() {
        closed = true;
        streams.forEach(GrpcScoreStream::cancel);
        open.forEach(RetryingCall::cancel);
        timer.shutdownNow();
        endpoints.forEach(Endpoint::close);
    }

    /** One try at one server; cancelling the future ends the call. */
    interface Attempt<T> {
        CompletableFuture<T> start(io.grpc.Channel channel, CallOptions options);
    }

    private <T> CompletableFuture<T> start(Attempt<T> attempt) {
        RetryingCall<T> call =
                new RetryingCall<>(config, endpoints, turn.getAndIncrement(), timer, (endpoint, remainingNanos) -> {
                    return attempt.start(
                            authorised(endpoint.channel()),
                            CallOptions.DEFAULT.withDeadlineAfter(remainingNanos, TimeUnit.NANOSECONDS));
                });
        open.add(call);
        CompletableFuture<T> result = call.result();
        CompletableFuture<T> tracked = result.whenComplete((value, failure) -> open.remove(call));
        if (closed) {
            call.cancel();
        } else {
            call.start();
        }
        // The caller cancels what it holds; pass that on to the call itself.
        CompletableFuture<T> handed = new CompletableFuture<>();
        tracked.whenComplete((value, failure) -> {
            if (failure == null) {
                handed.complete(value);
            } else {
                handed.completeExceptionally(WireErrors.fromFailure(failure));
            }
        });
        handed.whenComplete((value, failure) -> {
            if (handed.isCancelled()) {
                call.cancel();
            }
        });
        return handed;
    }

    private io.grpc.Channel authorised(io.grpc.Channel channel) {
        if (config.token().isEmpty()) {
            return channel;
        }
        Metadata headers = new Metadata();
        headers.put(AUTHORIZATION, "Bearer " + config.token().get());
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private <Q, R, T> CompletableFuture<T> unary(MethodDescriptor<Q, R> method, Q request, Function<R, T> translation) {
        return start((channel, callOptions) -> {
            ClientCall<Q, R> call = channel.newCall(method, callOptions);
            CompletableFuture<R> answer = new CompletableFuture<>();
            ClientCalls.asyncUnaryCall(call, request, completing(answer));
            return cancellable(answer.thenApply(translation), call, answer);
        });
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            future.cancel(true);
            Thread.currentThread().interrupt();
            throw new ScoringException(ErrorReason.CANCELLED, "interrupted while waiting for the score", e);
        } catch (ExecutionException | CancellationException e) {
            throw WireErrors.fromFailure(e);
        }
    }

    static long sizeBytes(MediaContent content) {
        if (content instanceof MediaContent.Bytes memory) {
            return memory.bytes().length;
        }
        MediaContent.File file = (MediaContent.File) content;
        try {
            return Files.size(file.path());
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static ByteString bytes(MediaContent content) {
        if (content instanceof MediaContent.Bytes memory) {
            // The caller promised not to change them, so they need not be copied.
            return UnsafeByteOperations.unsafeWrap(memory.bytes());
        }
        MediaContent.File file = (MediaContent.File) content;
        try {
            return UnsafeByteOperations.unsafeWrap(Files.readAllBytes(file.path()));
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static ScoringException unreadable(MediaContent.File file, IOException cause) {
        return new ScoringException(
                ErrorReason.IO_FAILED, "cannot read " + file.path() + ": " + cause.getMessage(), cause);
    }

    /** @return an observer of one answer that completes the future */
    static <T> StreamObserver<T> completing(CompletableFuture<T> answer) {
        return new StreamObserver<>() {
            private @Nullable T value;

            @Override
            public void onNext(T message) {
                value = message;
            }

            @Override
            public void onError(Throwable failure) {
                answer.completeExceptionally(failure);
            }

            @Override
            public void onCompleted() {
                Optional.ofNullable(value)
                        .ifPresentOrElse(
                                answer::complete,
                                () -> answer.completeExceptionally(new ScoringException(
                                        ErrorReason.INTERNAL, "the server ended the call without an answer")));
            }
        };
    }

    /** Cancelling {@code translated} cancels the call. */
    static <T> CompletableFuture<T> cancellable(
            CompletableFuture<T> translated, ClientCall<?, ?> call, CompletableFuture<?> answer) {
        translated.whenComplete((value, failure) -> {
            if (translated.isCancelled() && !answer.isDone()) {
                call.cancel("the caller gave up", null);
            }
        });
        return translated;
    }
}
