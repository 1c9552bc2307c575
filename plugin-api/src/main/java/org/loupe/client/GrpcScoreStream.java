package org.loupe.client;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.loupe.proto.v1.ScoreStreamRequest;
import org.loupe.proto.v1.ScoreStreamResponse;
import org.loupe.proto.v1.ScoringServiceGrpc;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;

/**
 * {@link ScoreStream} over one bidirectional call. All state is guarded by this object; futures are completed outside of the lock, because
 * what hangs on them is the caller's.
 */
@SuppressWarnings(
        "FutureReturnValueIgnored") // whenComplete is used as a listener: the future it listens to is the one returned
final class GrpcScoreStream implements ScoreStream, ClientResponseObserver<ScoreStreamRequest, ScoreStreamResponse> {
    /** A call of its own for one medium, with everything a client does for such a call. */
    interface Alone {
        CompletableFuture<ScoredMedia> score(MediaContent content, ScoreOptions options);
    }

    private record Waiting(MediaContent content, ScoreOptions options, CompletableFuture<ScoredMedia> answer) {}

    private final Alone alone;
    private final int window;
    private final Duration deadline;
    private final Consumer<GrpcScoreStream> whenOver;
    /** Media sent and not answered, by id; together with those scored alone never more than the window. */
    private final Map<String, Waiting> sent = new HashMap<>();

    private @Nullable ClientCallStreamObserver<ScoreStreamRequest> requests;
    private int unanswered;
    private long serial;
    /** No more media go out: the call has ended, or was told that nothing follows. */
    private boolean over;

    private boolean closed;
    /** Whether it was us who ended the call. */
    private boolean cancelled;

    private GrpcScoreStream(Alone alone, int window, Duration deadline, Consumer<GrpcScoreStream> whenOver) {
        this.alone = alone;
        this.window = window;
        this.deadline = deadline;
        this.whenOver = whenOver;
    }

    /** @param whenOver told once, when the call has ended */
    static GrpcScoreStream start(
            Channel channel, Alone alone, int window, Duration deadline, Consumer<GrpcScoreStream> whenOver) {
        GrpcScoreStream stream = new GrpcScoreStream(alone, window, deadline, whenOver);
        ClientCalls.asyncBidiStreamingCall(
                channel.newCall(ScoringServiceGrpc.getScoreStreamMethod(), CallOptions.DEFAULT), stream);
        return stream;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<ScoreStreamRequest> stream) {
        synchronized (this) {
            requests = stream;
        }
        stream.setOnReadyHandler(() -> {
            synchronized (this) {
                notifyAll();
            }
        });
    }

    @Override
    public CompletableFuture<ScoredMedia> score(MediaContent content, ScoreOptions options) {
        CompletableFuture<ScoredMedia> answer = new CompletableFuture<>();
        boolean streamed;
        ByteString bytes = ByteString.EMPTY;
        try {
            long size = GrpcScoringClient.sizeBytes(content);
            streamed = size > 0 && size <= ScoringClient.INLINE_BYTES;
        } catch (ScoringException e) {
            return CompletableFuture.failedFuture(e);
        }
        takePlace(streamed);
        answer.orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS);
        CompletableFuture<ScoredMedia> handed = new CompletableFuture<>();
        Waiting waiting = new Waiting(content, options, answer);
        answer.whenComplete((scored, failure) -> leave(waiting, handed, scored, failure));
        handed.whenComplete((scored, failure) -> {
            if (handed.isCancelled()) {
                answer.cancel(false);
            }
        });
        try {
            if (streamed) {
                bytes = GrpcScoringClient.bytes(content);
            }
            if (!streamed || !send(waiting, bytes)) {
                scoreAlone(waiting);
            }
        } catch (ScoringException e) {
            answer.completeExceptionally(e); // the file vanished meanwhile
        }
        return handed;
    }

    /** Waits for a place in the window and, if it goes over the connection, for that to take it. */
    private synchronized void takePlace(boolean streamed) {
        long end = System.nanoTime() + deadline.toNanos();
        while (true) {
            if (closed) {
                throw new IllegalStateException("the stream is closed");
            }
            if (unanswered < window && (over || !streamed || ready())) {
                unanswered++;
                return;
            }
            long leftMillis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (leftMillis <= 0) {
                throw new ScoringException(ErrorReason.DEADLINE_EXCEEDED, "no place in the stream within " + deadline);
            }
            try {
                wait(leftMillis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ScoringException(
                        ErrorReason.CANCELLED, "interrupted while waiting for a place in the stream", e);
            }
        }
    }

    private boolean ready() {
        ClientCallStreamObserver<ScoreStreamRequest> to = requests;
        return to != null && to.isReady();
    }

    /** @return whether it is on its way; otherwise the stream has ended */
    private synchronized boolean send(Waiting waiting, ByteString bytes) {
        ClientCallStreamObserver<ScoreStreamRequest> to = requests;
        if (over || to == null) {
            return false;
        }
        String id = waiting.options()
                .requestId()
                .filter(wanted -> !sent.containsKey(wanted))
                .orElseGet(() -> "stream-" + serial++);
        sent.put(id, waiting);
        to.onNext(ScoreStreamRequest.newBuilder()
                .setId(id)
                .setContent(bytes)
                .setOptions(
                        WireMessages.toWire(waiting.options(), waiting.content().fileName()))
                .build());
        return true;
    }

    private void scoreAlone(Waiting waiting) {
        if (waiting.answer().isDone()) {
            return;
        }
        CompletableFuture<ScoredMedia> call = alone.score(waiting.content(), waiting.options());
        call.whenComplete((scored, failure) -> {
            if (failure == null) {
                waiting.answer().complete(scored);
            } else {
                waiting.answer().completeExceptionally(failure);
            }
        });
        waiting.answer().whenComplete((scored, failure) -> {
            if (!call.isDone()) {
                call.cancel(true); // the caller gave up, or the deadline passed
            }
        });
    }

    /** Tells the caller, then gives the place back: whoever closes the stream finds every answer there. */
    private void leave(
            Waiting waiting,
            CompletableFuture<ScoredMedia> handed,
            @Nullable ScoredMedia scored,
            @Nullable Throwable failure) {
        synchronized (this) {
            sent.values().remove(waiting); // an answer that comes yet is nobody's
        }
        if (scored != null) {
            handed.complete(scored);
        } else if (failure instanceof TimeoutException) {
            handed.completeExceptionally(
                    new ScoringException(ErrorReason.DEADLINE_EXCEEDED, "no score within " + deadline));
        } else if (failure != null) {
            handed.completeExceptionally(WireErrors.fromFailure(failure));
        }
        synchronized (this) {
            unanswered--;
            notifyAll();
        }
    }

    @Override
    public void onNext(ScoreStreamResponse response) {
        Waiting waiting;
        synchronized (this) {
            waiting = sent.remove(response.getId());
        }
        if (waiting == null) {
            return; // nobody waits for it any more
        }
        if (response.hasMedia()) {
            waiting.answer().complete(WireMessages.fromWire(response.getMedia()));
            return;
        }
        ScoringException failure = WireErrors.fromFailure(response.getFailure());
        if (failure.reason().retryable()) {
            scoreAlone(waiting);
        } else {
            waiting.answer().completeExceptionally(failure);
        }
    }

    @Override
    public void onError(Throwable failure) {
        end(WireErrors.fromFailure(failure));
    }

    @Override
    public void onCompleted() {
        end(new ScoringException(ErrorReason.SHUTTING_DOWN, "the server ended the stream"));
    }

    /** What was not answered goes on by itself, unless it would fare the same there. */
    private void end(ScoringException why) {
        List<Waiting> left;
        boolean again;
        synchronized (this) {
            over = true;
            // a server that is stopped at once resets its streams, which looks as if somebody here had cancelled
            again = why.reason().retryable() || (why.reason() == ErrorReason.CANCELLED && !cancelled);
            left = new ArrayList<>(sent.values());
            sent.clear();
            notifyAll();
        }
        whenOver.accept(this);
        for (Waiting waiting : left) {
            if (again) {
                scoreAlone(waiting);
            } else {
                waiting.answer().completeExceptionally(why);
            }
        }
    }

    /** @return whether no more media go out */
    synchronized boolean isOver() {
        return over;
    }

    /** Ends the call at once; what is unanswered fails as CANCELLED. */
    void cancel() {
        ClientCallStreamObserver<ScoreStreamRequest> to;
        synchronized (this) {
            over = true;
            cancelled = true;
            to = requests;
        }
        if (to != null) {
            to.cancel("the client was closed", null);
        }
    }

    @Override
    public void close() {
        boolean interrupted = false;
        synchronized (this) {
            closed = true;
            notifyAll();
            while (unanswered > 0 && !interrupted) { // each of them ends by its deadline
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            ClientCallStreamObserver<ScoreStreamRequest> to = requests;
            if (!over && to != null) {
                over = true;
                if (!interrupted) {
                    to.onCompleted();
                }
            }
        }
        if (interrupted) {
            cancel();
            Thread.currentThread().interrupt();
        }
    }
}
