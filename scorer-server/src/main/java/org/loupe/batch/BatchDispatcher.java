package org.loupe.batch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.loupe.device.Device;
import org.loupe.engine.Engine;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue of one engine and the only threads that run it, one for each of its devices. A batch is the oldest job of the lane whose turn
 * it is and whatever waiting jobs have its shape; while other devices are idle it leaves them their share. Futures are completed without
 * the lock.
 */
public final class BatchDispatcher implements ScoreQueue {
    private static final Logger LOG = LoggerFactory.getLogger(BatchDispatcher.class);
    /** One batch in this many is led by the bulk lane where both lanes wait: slow under load, never starved. */
    private static final int BULK_TURN = 4;
    /** What a refused caller is told before the first run has been timed. */
    private static final long FIRST_GUESS_NANOS = Duration.ofMillis(200).toNanos();

    private static final Duration SHORTEST_RETRY = Duration.ofMillis(50);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);

    private final BatchConfig config;
    private final RunCounters counters = new RunCounters();
    private final LongSupplier nanoTime;
    private final List<Thread> owners = new ArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<Lane, Set<Entry>> waiting = new EnumMap<>(Lane.class);
    private int waitingFrames;
    /** Owner threads in a run. */
    private int busy;

    private boolean closing;
    private long batches;
    private long nanosPerFrame = FIRST_GUESS_NANOS;
    private long expired;
    private long cancelled;
    private long refused;

    /** @param engine stays the caller's; close it after this queue */
    public BatchDispatcher(Engine engine, BatchConfig config) {
        this(engine, config, System::nanoTime);
    }

    BatchDispatcher(Engine engine, BatchConfig config, LongSupplier nanoTime) {
        this.config = config.on(engine.devices());
        this.nanoTime = nanoTime;
        for (Lane lane : Lane.values()) {
            waiting.put(lane, new LinkedHashSet<>());
        }
        for (Device device : engine.devices()) {
            Thread owner = new Thread(() -> work(new BatchRunner(engine, counters)), "engine-owner-" + owners.size());
            owner.setDaemon(true);
            owners.add(owner);
            LOG.debug("{} has work on {}", owner.getName(), device);
        }
        owners.forEach(Thread::start);
    }

    /** One job and its promise; equal only to itself, so that a set keeps order and finds it at once. */
    static final class Entry {
        final ScoreJob job;
        final long sinceNanos;
        final CompletableFuture<JobAnswer> answer = new CompletableFuture<>();

        Entry(ScoreJob job, long sinceNanos) {
            this.job = job;
            this.sinceNanos = sinceNanos;
        }
    }

    @Override
    public CompletableFuture<JobAnswer> submit(ScoreJob job) {
        Entry entry = new Entry(job, nanoTime.getAsLong());
        lock.lock();
        try {
            if (closing) {
                return CompletableFuture.failedFuture(shuttingDown());
            }
            if (!hasRoom(job.frames().size())) {
                refused++;
                return CompletableFuture.failedFuture(overloaded());
            }
            lane(job.lane()).add(entry);
            waitingFrames += job.frames().size();
            changed.signal();
        } finally {
            lock.unlock();
        }
        CompletableFuture<JobAnswer> unused = entry.answer.whenComplete((answer, failure) -> {
            if (entry.answer.isCancelled()) {
                takeBack(entry);
            }
        });
        return entry.answer;
    }

    @Override
    public boolean admits(int frames) {
        lock.lock();
        try {
            return closing || hasRoom(frames); // a closing queue gives its own answer
        } finally {
            lock.unlock();
        }
    }

    /** A clip larger than the whole queue is let in alone, otherwise it could never be scored. */
    private boolean hasRoom(int frames) {
        return waitingFrames == 0 || waitingFrames + frames <= config.maxQueuedFrames();
    }

    private void takeBack(Entry entry) {
        lock.lock();
        try {
            if (remove(entry)) {
                cancelled++;
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean remove(Entry entry) {
        boolean removed = lane(entry.job.lane()).remove(entry);
        if (removed) {
            waitingFrames -= entry.job.frames().size();
        }
        return removed;
    }

    private Set<Entry> lane(Lane lane) {
        Set<Entry> entries = waiting.get(lane);
        if (entries == null) {
            throw new IllegalStateException("every lane has a set");
        }
        return entries;
    }

    private void work(BatchRunner runner) {
        List<Entry> batch = new ArrayList<>();
        while (await(batch)) {
            long start = nanoTime.getAsLong();
            int frames = runner.run(
                    batch.stream().filter(entry -> !entry.answer.isDone()).toList());
            noteRun(frames, nanoTime.getAsLong() - start);
            batch.clear();
        }
    }

    /** Fills the batch, waiting as long as it takes. @return false when the queue is closed and empty */
    private boolean await(List<Entry> batch) {
        while (true) {
            List<Entry> late;
            boolean open = true;
            lock.lock();
            try {
                late = removeExpired();
                if (late.isEmpty()) {
                    open = fill(batch);
                }
            } catch (InterruptedException e) {
                // nobody else holds this thread; whoever interrupts it wants it to go on to the drain
                LOG.warn("an owner thread of the engine was interrupted and goes on", e);
                continue;
            } finally {
                lock.unlock();
            }
            late.forEach(entry -> entry.answer.completeExceptionally(new ScoringException(
                    ErrorReason.DEADLINE_EXCEEDED, "the deadline passed while the request waited for the engine")));
            if (!batch.isEmpty() || !open) {
                return open;
            }
        }
    }

    private List<Entry> removeExpired() {
        long now = nanoTime.getAsLong();
        List<Entry> late = new ArrayList<>();
        for (Set<Entry> entries : waiting.values()) {
            entries.stream().filter(entry -> entry.job.expired(now)).forEach(late::add);
        }
        late.forEach(this::remove);
        expired += late.size();
        return late;
    }

    /** Takes one batch if one is due, else waits once. @return false when the queue is closed and empty */
    @SuppressWarnings("WaitNotInLoop") // the loop is in await(), which looks for expired jobs after every wake-up
    private boolean fill(List<Entry> batch) throws InterruptedException {
        Entry first = leader();
        if (first == null) {
            if (closing) {
                return false;
            }
            changed.await();
            return true;
        }
        List<Entry> together = companions(first);
        long waited = nanoTime.getAsLong() - first.sinceNanos;
        long patience = config.maxQueueDelay().toNanos() - waited;
        if (!closing && !full(together) && patience > 0) {
            changed.awaitNanos(patience);
            return true;
        }
        together.forEach(this::remove);
        batch.addAll(together);
        batches++;
        busy++;
        if (waitingFrames > 0) {
            changed.signal(); // whoever submitted the rest may have woken nobody but this thread
        }
        return true;
    }

    private @Nullable Entry leader() {
        Set<Entry> interactive = lane(Lane.INTERACTIVE);
        Set<Entry> bulk = lane(Lane.BULK);
        boolean bulkTurn = batches % BULK_TURN == BULK_TURN - 1;
        Set<Entry> lead = interactive.isEmpty() || (bulkTurn && !bulk.isEmpty()) ? bulk : interactive;
        Iterator<Entry> entries = lead.iterator();
        return entries.hasNext() ? entries.next() : null;
    }

    private List<Entry> companions(Entry first) {
        List<Entry> together = new ArrayList<>();
        together.add(first);
        int frames = first.job.frames().size();
        int rows = first.job.prompts().size();
        int most = fairShare(first);
        for (Lane lane : Lane.values()) {
            for (Entry entry : lane(lane)) {
                int moreFrames = frames + entry.job.frames().size();
                int moreRows = rows + entry.job.prompts().size();
                if (entry != first
                        && first.job.fits(entry.job)
                        && moreFrames <= most
                        && moreRows <= config.maxBatchRows()) {
                    together.add(entry);
                    frames = moreFrames;
                    rows = moreRows;
                }
            }
        }
        return together;
    }

    /** Where other devices have nothing to do, two half batches are done sooner than one whole. */
    private int fairShare(Entry first) {
        int idle = owners.size() - busy - 1;
        if (idle == 0) {
            return config.maxBatchFrames();
        }
        int fitting = waiting.values().stream()
                .flatMap(Set::stream)
                .filter(entry -> first.job.fits(entry.job))
                .mapToInt(entry -> entry.job.frames().size())
                .sum();
        return Math.min(config.maxBatchFrames(), (fitting + idle) / (idle + 1));
    }

    private boolean full(List<Entry> batch) {
        int frames = batch.stream().mapToInt(entry -> entry.job.frames().size()).sum();
        int rows = batch.stream().mapToInt(entry -> entry.job.prompts().size()).sum();
        return frames >= config.maxBatchFrames() || rows >= config.maxBatchRows();
    }

    private void noteRun(int frames, long nanos) {
        lock.lock();
        try {
            busy--;
            if (frames > 0) {
                nanosPerFrame = (3 * nanosPerFrame + nanos / frames) / 4; // smoothed, one slow run is no trend
            }
        } finally {
            lock.unlock();
        }
    }

    /** Tells the caller to come back when half of what waits now should be done. */
    private ScoringException overloaded() {
        Duration half = Duration.ofNanos(nanosPerFrame * (waitingFrames / 2 + 1) / owners.size());
        Duration retry = half.compareTo(SHORTEST_RETRY) < 0
                ? SHORTEST_RETRY
                : half.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : half;
        return new ScoringException(
                ErrorReason.OVERLOADED,
                waitingFrames + " frames wait already, the limit is " + config.maxQueuedFrames() + "; try again in "
                        + retry.toMillis() + " ms",
                null,
                retry);
    }

    private static ScoringException shuttingDown() {
        return new ScoringException(
                ErrorReason.SHUTTING_DOWN, "the server is stopping and takes no new work", null, Duration.ofSeconds(1));
    }

    @Override
    public QueueStatistics statistics() {
        lock.lock();
        try {
            return new QueueStatistics(
                    counters.runs(),
                    counters.frames(),
                    counters.rows(),
                    expired,
                    cancelled,
                    refused,
                    counters.failed(),
                    waitingFrames);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        for (Thread owner : owners) {
            while (owner.isAlive()) {
                try {
                    owner.join();
                } catch (InterruptedException e) {
                    interrupted = true; // the engine must not be freed under a running owner thread
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
