package org.loupe.ingest;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.loupe.client.ScoringClient;
import org.loupe.metadata.ScoreFields;
import org.loupe.score.ErrorReason;
import org.loupe.score.ModelRef;
import org.loupe.score.ScoringException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scores every asset it accepts, once, and writes the scores; or parks the asset visibly. Idempotent by asset id, digest of the bytes and
 * model: the same asset may be submitted any number of times, after its own write as well. Safe for use by many threads.
 *
 * <p>The journal is the queue. In memory are only the assets in flight, so a million waiting assets cost disk and nothing else.
 */
public final class IngestPipeline implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IngestPipeline.class);

    /** How often the journal is looked at for assets whose wait is over; submitted assets are noticed at once. */
    private static final long POLL_MILLIS = 100;

    private final Journal journal;
    private final AssetScoring scoring;
    private final PresentModel presentModel;
    private final IngestConfig config;
    private final Clock clock;
    private final IngestListener listener;
    private final ExecutorService workers;
    private final Thread dispatcher;

    private final AtomicLong accepted;
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong skipped = new AtomicLong();
    private final AtomicLong parked = new AtomicLong();
    /** Upper bound of the pending assets, corrected against the journal when it reaches the limit: counting is not free. */
    private final AtomicLong backlog;

    private final Object monitor = new Object();
    private final Set<String> inFlight = new HashSet<>(); // guarded by monitor
    /** Assets that ended since the journal was last asked: what it said of them may be from before. Guarded by monitor; at most those in flight then. */
    private final Set<String> justEnded = new HashSet<>();

    private boolean woken; // guarded by monitor
    private boolean closing; // guarded by monitor

    private IngestPipeline(
            Journal journal,
            AssetScoring scoring,
            PresentModel presentModel,
            IngestConfig config,
            Clock clock,
            IngestListener listener) {
        this.journal = journal;
        this.scoring = scoring;
        this.presentModel = presentModel;
        this.config = config;
        this.clock = clock;
        this.listener = listener;
        long left = journal.count(JournalEntry.State.PENDING);
        this.accepted = new AtomicLong(left);
        this.backlog = new AtomicLong(left);
        AtomicInteger number = new AtomicInteger();
        this.workers = Executors.newFixedThreadPool(
                config.maxInFlight(), task -> daemon(task, "loupe-ingest-" + number.incrementAndGet()));
        this.dispatcher = daemon(this::dispatch, "loupe-ingest-dispatcher");
    }

    /**
     * Starts a pipeline, beginning with what an earlier process left in the journal.
     *
     * @param journal stays the caller's, as client, source and sink do
     * @param listener {@link IngestListener#NONE} for nobody
     */
    public static IngestPipeline start(
            Journal journal,
            ScoringClient client,
            AssetSource source,
            ScoreSink sink,
            IngestPolicy policy,
            IngestConfig config,
            Clock clock,
            IngestListener listener) {
        PresentModel model = new PresentModel(client, policy.options(), clock);
        AssetScoring scoring = new AssetScoring(source, sink, client, model, policy, clock);
        IngestPipeline pipeline = new IngestPipeline(journal, scoring, model, config, clock, listener);
        pipeline.dispatcher.start();
        return pipeline;
    }

    /**
     * Takes an asset in. When this returns the asset is in the journal and will not be lost.
     *
     * @throws ScoringException OVERLOADED if the backlog is full, SHUTTING_DOWN after {@link #close}, INVALID_REQUEST for an impossible
     *     id, IO_FAILED if the journal cannot be written: in each case the asset was not accepted
     */
    public void submit(String assetId) {
        synchronized (monitor) {
            if (closing) {
                throw new ScoringException(ErrorReason.SHUTTING_DOWN, "the ingest pipeline is closed");
            }
        }
        if (!room()) {
            throw new ScoringException(
                    ErrorReason.OVERLOADED,
                    "the journal holds " + config.maxBacklog() + " assets, the limit ingest.max-backlog",
                    null,
                    config.firstDelay());
        }
        journal.accept(assetId, clock.instant());
        backlog.incrementAndGet();
        accepted.incrementAndGet();
        tell(heard -> heard.accepted(assetId));
        wake();
    }

    /** As {@link #submit}, but waits while the backlog is full. */
    public void submitWaiting(String assetId) throws InterruptedException {
        while (true) {
            try {
                submit(assetId);
                return;
            } catch (ScoringException e) {
                if (e.reason() != ErrorReason.OVERLOADED) {
                    throw e;
                }
                synchronized (monitor) {
                    monitor.wait(POLL_MILLIS);
                }
            }
        }
    }

    /** @return the model that scores now @throws ScoringException if no server can tell */
    public ModelRef presentModel() {
        return presentModel.ref();
    }

    /** @return at most {@code limit} parked assets with their reasons, the oldest first */
    public List<JournalEntry> parked(int limit) {
        return journal.list(JournalEntry.State.PARKED, limit);
    }

    /** Tries every parked asset again. @return how many */
    public long retryParked() {
        long count = journal.retryParked(clock.instant());
        backlog.addAndGet(count);
        accepted.addAndGet(count);
        wake();
        return count;
    }

    public IngestProgress progress() {
        return new IngestProgress(
                accepted.get(), written.get(), skipped.get(), parked.get(), journal.count(JournalEntry.State.PENDING));
    }

    /**
     * Waits until every accepted asset is written, skipped or parked.
     *
     * @return whether that came about within the timeout
     */
    public boolean awaitIdle(Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        synchronized (monitor) {
            while (!inFlight.isEmpty() || journal.count(JournalEntry.State.PENDING) > 0) {
                long leftMillis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (leftMillis <= 0) {
                    return false;
                }
                monitor.wait(Math.min(leftMillis, POLL_MILLIS));
            }
            return true;
        }
    }

    /**
     * Takes nothing new, lets the assets in flight end as long as the configured drain timeout, then interrupts them. What is not written
     * by then stays in the journal.
     */
    @Override
    public void close() {
        synchronized (monitor) {
            closing = true;
            monitor.notifyAll();
        }
        workers.shutdown();
        boolean interrupted = false;
        try {
            dispatcher.join();
            if (!workers.awaitTermination(config.drainTimeout().toMillis(), TimeUnit.MILLISECONDS)) {
                workers.shutdownNow();
                // They answer to interruption; a sink that does not is not worth hanging the host's shutdown for.
                if (!workers.awaitTermination(5, TimeUnit.SECONDS)) {
                    LOG.warn("assets were still being written when the ingest pipeline closed");
                }
            }
        } catch (InterruptedException e) {
            interrupted = true;
            workers.shutdownNow();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void dispatch() {
        while (true) {
            int running;
            synchronized (monitor) {
                if (closing) {
                    return;
                }
                running = inFlight.size();
                justEnded.clear();
                woken = false;
            }
            boolean started = false;
            if (running < config.maxInFlight()) {
                try {
                    // Those in flight are still pending in the journal, so ask for as many more.
                    started = startSome(journal.due(clock.instant(), config.maxInFlight() + running));
                } catch (ScoringException e) {
                    LOG.error("the ingest journal cannot be read, trying again", e);
                }
            }
            synchronized (monitor) {
                try {
                    if (!started && !woken && !closing) {
                        monitor.wait(POLL_MILLIS);
                    }
                } catch (InterruptedException e) {
                    return; // nobody but the end of the host interrupts this thread; the journal keeps everything
                }
            }
        }
    }

    private boolean startSome(List<JournalEntry> due) {
        boolean started = false;
        synchronized (monitor) {
            for (JournalEntry entry : due) {
                if (closing || inFlight.size() >= config.maxInFlight()) {
                    break;
                }
                // one that ended meanwhile and is due all the same comes with the next look: its end has woken us
                if (!justEnded.contains(entry.assetId()) && inFlight.add(entry.assetId())) {
                    workers.execute(() -> run(entry));
                    started = true;
                }
            }
        }
        return started;
    }

    private void run(JournalEntry entry) {
        try {
            Optional<ScoreFields> fields = scoring.process(entry.assetId());
            journal.done(entry);
            backlog.decrementAndGet();
            (fields.isPresent() ? written : skipped).incrementAndGet();
            tell(heard -> fields.ifPresentOrElse(
                    value -> heard.written(entry.assetId(), value), () -> heard.skipped(entry.assetId())));
        } catch (ScoringException e) {
            failed(entry, e);
        } catch (IOException e) {
            failed(entry, new ScoringException(ErrorReason.IO_FAILED, String.valueOf(e.getMessage()), e));
        } catch (RuntimeException e) {
            LOG.error("scoring asset {} failed unexpectedly", entry.assetId(), e);
            failed(entry, new ScoringException(ErrorReason.INTERNAL, String.valueOf(e), e));
        } finally {
            synchronized (monitor) {
                inFlight.remove(entry.assetId());
                justEnded.add(entry.assetId());
            }
            wake();
        }
    }

    private void failed(JournalEntry entry, ScoringException failure) {
        if (failure.reason() == ErrorReason.CANCELLED) {
            return; // closing; the asset is as pending as before
        }
        String message = String.valueOf(failure.getMessage());
        Instant now = clock.instant();
        boolean giveUp = waits(failure.reason())
                ? !now.isBefore(entry.acceptedAt().plus(config.patience()))
                : failure.reason().kind() == ErrorReason.Kind.CALLER || entry.attempts() + 1 >= config.maxAttempts();
        try {
            if (giveUp) {
                journal.park(entry, failure.reason(), message);
                backlog.decrementAndGet();
                parked.incrementAndGet();
                tell(heard -> heard.parked(entry.assetId(), failure.reason(), message));
            } else {
                Duration asked = failure.retryAfter().orElse(Duration.ZERO);
                Duration backoff = backoff(entry.attempts());
                journal.retryLater(
                        entry, failure.reason(), message, now.plus(asked.compareTo(backoff) > 0 ? asked : backoff));
                tell(heard -> heard.retrying(entry.assetId(), failure.reason(), message));
            }
        } catch (ScoringException e) {
            // The entry is as pending as before and comes up again: at worst it is scored once more.
            LOG.error("the ingest journal cannot be written", e);
        }
    }

    /** Failures that say nothing about the asset: it waits until the operator has put the server right. */
    private static boolean waits(ErrorReason reason) {
        return reason.kind() == ErrorReason.Kind.CAPACITY
                || reason == ErrorReason.UNAUTHENTICATED
                || reason == ErrorReason.MODEL_NOT_FOUND;
    }

    private Duration backoff(int attempts) {
        long bounded = config.maxDelay().toMillis();
        long millis = config.firstDelay().toMillis();
        for (int i = 0; i < attempts && millis < bounded; i++) {
            millis *= 2;
        }
        millis = Math.min(millis, bounded);
        // Up to half less, so that assets that failed together do not come back together.
        return Duration.ofMillis(Math.max(1, ThreadLocalRandom.current().nextLong(millis / 2, millis + 1)));
    }

    private boolean room() {
        if (backlog.get() >= config.maxBacklog()) {
            backlog.set(journal.count(JournalEntry.State.PENDING));
        }
        return backlog.get() < config.maxBacklog();
    }

    private void wake() {
        synchronized (monitor) {
            woken = true;
            monitor.notifyAll();
        }
    }

    private void tell(Consumer<IngestListener> news) {
        try {
            news.accept(listener);
        } catch (RuntimeException e) {
            LOG.warn("an ingest listener failed", e);
        }
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
