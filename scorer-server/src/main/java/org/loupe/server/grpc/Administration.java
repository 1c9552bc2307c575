package org.loupe.server.grpc;

import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Where changes of the models run: on threads of their own, because a load takes minutes and the threads of the calls are for scoring. A
 * change once begun is finished even if its caller goes away. Safe for use by many threads.
 */
final class Administration implements AutoCloseable {
    /** Loads come one after the other; the second thread unloads meanwhile. */
    private static final int THREADS = 2;
    /** An operator with more changes than this at a time is a mistake or an attack. */
    private static final int MOST_WAITING = 16;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private final ModelConfig.Administration allowed;
    private final ThreadPoolExecutor threads;

    Administration(ModelConfig.Administration allowed) {
        this.allowed = allowed;
        AtomicInteger number = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(
                THREADS, THREADS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), runnable -> {
                    Thread thread = new Thread(runnable, "models-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** @return whether callers may name places in the file system */
    boolean paths() {
        return allowed == ModelConfig.Administration.PATHS;
    }

    /** Makes a change and answers with its result or with why it failed; the caller is an operator and is told all of it. */
    <R> void change(StreamObserver<R> observer, Supplier<R> change) {
        if (allowed == ModelConfig.Administration.OFF) {
            observer.onError(
                    Failures.toOperator(
                            new ScoringException(
                                    ErrorReason.NOT_ALLOWED,
                                    "this server's models cannot be changed while it runs (model.administration=off); its operator can allow it")));
            return;
        }
        GrpcScoringService.serverSide(observer).setOnCancelHandler(() -> {}); // goes on: half a change helps nobody
        try {
            threads.execute(() -> answer(observer, change));
        } catch (RejectedExecutionException e) {
            observer.onError(Failures.toOperator(new ScoringException(
                    ErrorReason.OVERLOADED, MOST_WAITING + " changes of models wait already", e, RETRY_AFTER)));
        }
    }

    private static <R> void answer(StreamObserver<R> observer, Supplier<R> change) {
        R result;
        try {
            result = change.get();
        } catch (RuntimeException | OutOfMemoryError e) {
            observer.onError(Failures.toOperator(e));
            return;
        }
        observer.onNext(result);
        observer.onCompleted();
    }

    /** Begins nothing new; idempotent. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
