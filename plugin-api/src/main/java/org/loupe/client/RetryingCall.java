package org.loupe.client;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * One call over several servers: each server once a round, a wait between rounds, until an answer, a reason that will not change, the
 * last attempt or the deadline. Attempts follow one another, so no state is shared but through the lock.
 */
@SuppressWarnings(
        "FutureReturnValueIgnored") // whenComplete is used as a listener: the future it listens to is the one returned
final class RetryingCall<T> {
    /** One try at one server. */
    interface Try<T> {
        CompletableFuture<T> at(Endpoint endpoint, long remainingNanos);
    }

    private final ClientConfig config;
    private final List<Endpoint> endpoints;
    private final int turn;
    private final ScheduledExecutorService timer;
    private final Try<T> attempt;
    private final long startNanos = System.nanoTime();
    private final CompletableFuture<T> result = new CompletableFuture<>();

    private final Set<Endpoint> triedThisRound = new HashSet<>();
    private int attempts;
    private int rounds;
    private Duration askedWait = Duration.ZERO;
    private @Nullable CompletableFuture<T> running;

    RetryingCall(
            ClientConfig config, List<Endpoint> endpoints, int turn, ScheduledExecutorService timer, Try<T> attempt) {
        this.config = config;
        this.endpoints = endpoints;
        this.turn = turn;
        this.timer = timer;
        this.attempt = attempt;
    }

    CompletableFuture<T> result() {
        return result;
    }

    void cancel() {
        result.completeExceptionally(new CancellationException());
        CompletableFuture<T> current;
        synchronized (this) {
            current = running;
        }
        if (current != null) {
            current.cancel(true);
        }
    }

    void start() {
        if (result.isDone()) {
            return;
        }
        Endpoint endpoint;
        synchronized (this) {
            endpoint = next();
            triedThisRound.add(endpoint);
            attempts++;
        }
        long remaining = remainingNanos();
        if (remaining <= 0) {
            result.completeExceptionally(
                    new ScoringException(ErrorReason.DEADLINE_EXCEEDED, "no score within " + config.deadline()));
            return;
        }
        CompletableFuture<T> current = attempt.at(endpoint, remaining);
        synchronized (this) {
            running = current;
        }
        if (result.isDone()) {
            current.cancel(true); // cancelled while it was being started
        }
        current.whenComplete((value, failure) -> {
            if (failure == null) {
                endpoint.answered();
                result.complete(value);
            } else {
                failed(endpoint, WireErrors.fromFailure(failure));
            }
        });
    }

    private void failed(Endpoint endpoint, ScoringException failure) {
        if (failure.reason() == ErrorReason.SERVER_UNAVAILABLE) {
            endpoint.unreachable();
        } else {
            endpoint.answered();
        }
        if (result.isDone()) {
            return;
        }
        long waitNanos;
        synchronized (this) {
            if (!failure.reason().retryable() || attempts >= config.maxAttempts()) {
                result.completeExceptionally(failure);
                return;
            }
            Duration asked = failure.retryAfter().orElse(Duration.ZERO);
            // The first server of the round that is ready again is worth asking: the shortest wait counts.
            askedWait = triedThisRound.size() == 1 || asked.compareTo(askedWait) < 0 ? asked : askedWait;
            if (triedThisRound.size() < endpoints.size()) {
                waitNanos = 0; // another server may have room right now
            } else {
                triedThisRound.clear();
                waitNanos = Math.max(backoffNanos(rounds++), askedWait.toNanos());
            }
        }
        if (waitNanos >= remainingNanos()) {
            result.completeExceptionally(failure); // waiting on would only hide why
            return;
        }
        try {
            timer.schedule(this::start, waitNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(new CancellationException()); // the client was closed
        }
    }

    /** The next server in turn that was not asked this round, one that answered lately before one that did not. */
    private Endpoint next() {
        return next(endpoints, turn, triedThisRound);
    }

    /** @return the server in turn, one that answered lately before one that did not */
    static Endpoint first(List<Endpoint> endpoints, int turn) {
        return next(endpoints, turn, Set.of());
    }

    private static Endpoint next(List<Endpoint> endpoints, int turn, Set<Endpoint> tried) {
        Endpoint fallback = null;
        for (int i = 0; i < endpoints.size(); i++) {
            Endpoint candidate = endpoints.get(Math.floorMod(turn + i, endpoints.size()));
            if (tried.contains(candidate)) {
                continue;
            }
            if (candidate.healthy()) {
                return candidate;
            }
            fallback = fallback == null ? candidate : fallback;
        }
        if (fallback == null) {
            throw new IllegalStateException("a round ended without being cleared");
        }
        return fallback;
    }

    private long backoffNanos(int round) {
        long full = config.firstBackoff().toNanos() << Math.min(round, 20); // 20 doublings of a minute still fit
        long bounded = Math.min(full, config.maxBackoff().toNanos());
        return ThreadLocalRandom.current().nextLong(bounded / 2, bounded + 1);
    }

    private long remainingNanos() {
        return config.deadline().toNanos() - (System.nanoTime() - startNanos);
    }
}
