package org.loupe.scoring;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.loupe.decode.MediaDecoder;
import org.loupe.decode.MediaSource;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link Scoring} on a bounded pool of decoding threads before the models' queues. */
final class LocalScoring implements Scoring {
    private static final Logger LOG = LoggerFactory.getLogger(LocalScoring.class);
    /** Decoding is faster than scoring; half a second later there is room again. */
    private static final Duration RETRY_AFTER = Duration.ofMillis(500);

    private final Models models;
    private final MediaDecoder decoder;
    private final ScoringConfig config;
    private final ResultCache cache;
    private final ThreadPoolExecutor decoding;
    private final Map<FlightKey, Work> flights = new ConcurrentHashMap<>();
    private final AtomicLong heldBytes = new AtomicLong();
    private final AtomicLong scored = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong remembered = new AtomicLong();
    private final AtomicLong shared = new AtomicLong();

    /** @param models stays the caller's; close it after this */
    LocalScoring(Models models, MediaDecoder decoder, ScoringConfig config) {
        this.models = models;
        this.decoder = decoder;
        this.config = config;
        this.cache = new ResultCache(config.cacheBytes());
        AtomicInteger number = new AtomicInteger();
        int threads = config.effectiveDecodeThreads();
        this.decoding = new ThreadPoolExecutor(
                threads, threads, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(config.maxWaiting()), runnable -> {
                    Thread thread = new Thread(runnable, "decode-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Requests that give the same answer. */
    private record FlightKey(ResultCache.Key result, Set<Task> tasks) {}

    @Override
    public CompletableFuture<ScoredMedia> score(ScoringRequest request) {
        Work work;
        try {
            work = new Work(
                    request,
                    models.lease(request.options().model(), request.options().adapter()));
        } catch (ScoringException e) {
            failed.incrementAndGet();
            return CompletableFuture.failedFuture(e);
        }
        if (heldBytes.addAndGet(work.bytes) > config.maxHeldBytes() && heldBytes.get() != work.bytes) {
            heldBytes.addAndGet(-work.bytes);
            failed.incrementAndGet();
            work.letGo();
            return CompletableFuture.failedFuture(overloaded("too many bytes are in work"));
        }
        CompletableFuture<ScoredMedia> unused = work.promise.whenComplete((media, failure) -> finished(work, failure));
        start(work);
        return work.promise;
    }

    private void start(Work work) {
        try {
            decoding.execute(work);
        } catch (RejectedExecutionException e) {
            work.fail(decoding.isShutdown() ? shuttingDown() : overloaded(config.maxWaiting() + " media wait already"));
        }
    }

    private void finished(Work work, @Nullable Throwable failure) {
        heldBytes.addAndGet(-work.bytes);
        (failure == null ? scored : failed).incrementAndGet();
        work.letGo();
        if (work.promise.isCancelled()) {
            decoding.remove(work);
            MediaScorer started = work.scorer;
            if (started != null) {
                started.cancel();
            }
        }
    }

    /** One request on its way. Run once, by a decoding thread; again only if the one it was shared with gave up. */
    private final class Work implements Runnable {
        final ScoringRequest request;
        final long bytes;
        final ModelLease lease;
        /** The promise, and each thread that is still at work although the promise may be kept or cancelled. */
        private final AtomicInteger holds = new AtomicInteger(1);

        final CompletableFuture<ScoredMedia> promise = new CompletableFuture<>();
        volatile @Nullable MediaScorer scorer;

        /** @param lease this work's from now on */
        Work(ScoringRequest request, ModelLease lease) {
            this.request = request;
            this.lease = lease;
            this.bytes = request.media() instanceof MediaSource.InMemory memory ? memory.sizeBytes() : 0;
        }

        /** Gives the model back when nothing of this work can touch it any more. */
        void letGo() {
            if (holds.decrementAndGet() == 0) {
                lease.close();
            }
        }

        @Override
        public void run() {
            if (holds.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
                return; // given up before it began
            }
            try {
                if (!promise.isDone()) {
                    process();
                }
            } catch (RuntimeException | OutOfMemoryError e) {
                fail(e);
            } finally {
                letGo();
            }
        }

        private void process() {
            if (request.deadlineNanos().isPresent() && request.deadlineNanos().getAsLong() - System.nanoTime() <= 0) {
                throw new ScoringException(
                        ErrorReason.DEADLINE_EXCEEDED, "the deadline passed while the request waited to be decoded");
            }
            LoadedModel model = lease.model();
            if (request.media().sizeBytes() == 0) {
                throw new ScoringException(ErrorReason.MEDIA_EMPTY, "the medium has no bytes");
            }
            String sha256 = ContentDigest.of(request.media());
            ResultCache.Key key = new ResultCache.Key(sha256, lease, request.options());
            var known = cache.find(key, model, request.options().tasks());
            if (known.isPresent()) {
                remembered.incrementAndGet();
                promise.complete(known.get());
                return;
            }
            FlightKey flight = new FlightKey(key, request.options().tasks());
            Work leader = flights.putIfAbsent(flight, this);
            if (leader == null) {
                CompletableFuture<ScoredMedia> unused =
                        promise.whenComplete((media, failure) -> flights.remove(flight, this));
                lead(model, key);
            } else {
                follow(leader);
            }
        }

        private void lead(LoadedModel model, ResultCache.Key key) {
            if (!model.queue().admits(1)) {
                throw overloaded("the queue of " + model.ref() + " is full");
            }
            MediaScorer started = new MediaScorer(lease, request);
            scorer = started;
            MediaScorer.Outcome outcome = started.start(decoder, key.sha256());
            if (promise.isDone()) {
                started.cancel(); // given up while it was decoded
            }
            CompletableFuture<ScoredMedia> unused = outcome.media().whenComplete((media, failure) -> {
                if (failure == null) {
                    cache.remember(key, media, outcome.kind());
                    promise.complete(media);
                } else {
                    fail(failure);
                }
            });
        }

        private void follow(Work leader) {
            shared.incrementAndGet();
            CompletableFuture<ScoredMedia> unused = leader.promise.whenComplete((media, failure) -> {
                if (failure == null) {
                    promise.complete(media);
                } else if (translate(failure).reason().kind() == ErrorReason.Kind.DEADLINE && !promise.isDone()) {
                    start(this); // the other's patience ended, not ours
                } else {
                    fail(failure);
                }
            });
        }

        void fail(Throwable failure) {
            promise.completeExceptionally(translate(failure));
        }
    }

    private static ScoringException translate(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ScoringException known) {
            return known;
        }
        if (cause instanceof CancellationException) {
            return new ScoringException(ErrorReason.CANCELLED, "the request was cancelled", cause);
        }
        LOG.error("scoring failed in a way that was not foreseen", cause);
        return new ScoringException(
                ErrorReason.INTERNAL, "scoring failed: " + cause.getClass().getSimpleName(), cause);
    }

    private static ScoringException overloaded(String why) {
        return new ScoringException(ErrorReason.OVERLOADED, why + "; try again later", null, RETRY_AFTER);
    }

    private static ScoringException shuttingDown() {
        return new ScoringException(
                ErrorReason.SHUTTING_DOWN, "the server is stopping and takes no new work", null, Duration.ofSeconds(1));
    }

    @Override
    public ScoringStatistics statistics() {
        return new ScoringStatistics(
                scored.get(),
                failed.get(),
                remembered.get(),
                shared.get(),
                decoding.getQueue().size(),
                heldBytes.get());
    }

    @Override
    public void close() {
        decoding.shutdown();
        boolean drained = false;
        try {
            drained = decoding.awaitTermination(config.drain().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!drained) {
            for (Runnable left : decoding.shutdownNow()) {
                if (left instanceof Work work) {
                    work.fail(shuttingDown());
                }
            }
        }
    }
}
