package org.loupe.server.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.loupe.batch.Lane;
import org.loupe.client.WireMessages;
import org.loupe.proto.v1.ScoreStreamRequest;
import org.loupe.proto.v1.ScoreStreamResponse;
import org.loupe.score.ScoredMedia;
import org.loupe.scoring.Scoring;

/**
 * One {@code ScoreStream} call. Reads a bounded number of requests ahead and one more for each answer the caller has taken, so neither a
 * fast sender nor a slow reader makes the server hold more. All state is guarded by this object.
 */
final class ScoreStream implements StreamObserver<ScoreStreamRequest> {
    private final Scoring scoring;
    private final ServerCallStreamObserver<ScoreStreamResponse> observer;
    private final Map<String, CompletableFuture<ScoredMedia>> open = new HashMap<>();
    private int owedReads;
    private boolean halfClosed;
    private boolean over;

    ScoreStream(Scoring scoring, ServerCallStreamObserver<ScoreStreamResponse> observer, int inFlight) {
        this.scoring = scoring;
        this.observer = observer;
        observer.disableAutoRequest();
        observer.setOnReadyHandler(this::readOn);
        observer.setOnCancelHandler(this::abandon);
        observer.request(inFlight);
    }

    @Override
    public void onNext(ScoreStreamRequest request) {
        String id = request.getId();
        CompletableFuture<ScoredMedia> answer;
        synchronized (this) {
            if (over) {
                return;
            }
            if (id.isEmpty() || open.containsKey(id)) {
                end(Requests.invalid(
                        id.isEmpty() ? "a request without id" : "two open requests have the id '" + id + "'"));
                return;
            }
            answer = submit(request);
            open.put(id, answer);
        }
        CompletableFuture<ScoredMedia> unused =
                answer.whenComplete((media, failure) -> answered(id, response(id, media, failure)));
    }

    private CompletableFuture<ScoredMedia> submit(ScoreStreamRequest request) {
        try {
            return scoring.score(
                    Requests.of(request.getContent().toByteArray(), request.getOptions(), request.getId(), Lane.BULK));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static ScoreStreamResponse response(String id, @Nullable ScoredMedia media, @Nullable Throwable failure) {
        ScoreStreamResponse.Builder response = ScoreStreamResponse.newBuilder().setId(id);
        if (failure != null) {
            response.setFailure(Failures.message(failure, id));
        } else if (media != null) {
            response.setMedia(WireMessages.toWire(media));
        }
        return response.build();
    }

    private synchronized void answered(String id, ScoreStreamResponse response) {
        open.remove(id);
        if (over) {
            return;
        }
        observer.onNext(response);
        owedReads++;
        readOn();
        completeIfDone();
    }

    /** Reads on only while the caller takes its answers. */
    private synchronized void readOn() {
        if (!over && owedReads > 0 && observer.isReady()) {
            int reads = owedReads;
            owedReads = 0;
            observer.request(reads);
        }
    }

    @Override
    public synchronized void onCompleted() {
        halfClosed = true;
        completeIfDone();
    }

    private void completeIfDone() {
        if (halfClosed && open.isEmpty() && !over) {
            over = true;
            observer.onCompleted();
        }
    }

    private void end(RuntimeException failure) {
        over = true;
        observer.onError(Failures.status(failure, ""));
        List.copyOf(open.values()).forEach(answer -> answer.cancel(false));
    }

    @Override
    public void onError(Throwable failure) {
        abandon();
    }

    private void abandon() {
        List<CompletableFuture<ScoredMedia>> left;
        synchronized (this) {
            over = true;
            left = List.copyOf(open.values());
        }
        left.forEach(answer -> answer.cancel(false));
    }
}
