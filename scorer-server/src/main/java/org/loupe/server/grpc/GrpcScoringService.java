package org.loupe.server.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.loupe.batch.Lane;
import org.loupe.client.WireMessages;
import org.loupe.proto.v1.ScoreRequest;
import org.loupe.proto.v1.ScoreResponse;
import org.loupe.proto.v1.ScoreStreamRequest;
import org.loupe.proto.v1.ScoreStreamResponse;
import org.loupe.proto.v1.ScoringServiceGrpc;
import org.loupe.proto.v1.UploadRequest;
import org.loupe.proto.v1.UploadResponse;
import org.loupe.score.ScoredMedia;
import org.loupe.scoring.Scoring;

/** {@code loupe.v1.ScoringService}: translate, delegate, answer exactly once. */
final class GrpcScoringService extends ScoringServiceGrpc.ScoringServiceImplBase {
    private final Scoring scoring;
    private final GrpcConfig config;
    private final Semaphore uploads;

    GrpcScoringService(Scoring scoring, GrpcConfig config) {
        this.scoring = scoring;
        this.config = config;
        this.uploads = new Semaphore(config.maxUploads());
    }

    @Override
    public void score(ScoreRequest request, StreamObserver<ScoreResponse> observer) {
        CompletableFuture<ScoredMedia> answer;
        try {
            answer = scoring.score(Requests.of(
                    request.getContent().toByteArray(),
                    request.getOptions(),
                    request.getRequestId(),
                    Lane.INTERACTIVE));
        } catch (RuntimeException e) {
            observer.onError(Failures.status(e, request.getRequestId()));
            return;
        }
        cancelWithCall(observer, answer);
        CompletableFuture<ScoredMedia> unused = answer.whenComplete((media, failure) -> {
            if (failure == null) {
                observer.onNext(ScoreResponse.newBuilder()
                        .setRequestId(request.getRequestId())
                        .setMedia(WireMessages.toWire(media))
                        .build());
                observer.onCompleted();
            } else {
                observer.onError(Failures.status(failure, request.getRequestId()));
            }
        });
    }

    @Override
    public StreamObserver<ScoreStreamRequest> scoreStream(StreamObserver<ScoreStreamResponse> observer) {
        return new ScoreStream(scoring, serverSide(observer), config.streamInFlight());
    }

    @Override
    public StreamObserver<UploadRequest> upload(StreamObserver<UploadResponse> observer) {
        return new UploadReceiver(scoring, config, uploads, serverSide(observer));
    }

    /** A call nobody waits for gives its place in the queue to somebody else. */
    static void cancelWithCall(StreamObserver<?> observer, CompletableFuture<?> answer) {
        serverSide(observer).setOnCancelHandler(() -> answer.cancel(false));
    }

    static <T> ServerCallStreamObserver<T> serverSide(StreamObserver<T> observer) {
        return (ServerCallStreamObserver<T>) observer; // documented by gRPC for every observer on the server's side
    }
}
