package org.loupe.training.loop;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Reads batches ahead of the training, in their order. Never holds more than {@link LoopConfig#readAhead()} of them: they may be pictures.
 * For one thread; close it.
 */
final class BatchReader<B> implements AutoCloseable {
    /** A batch and what was read for it. */
    record Loaded<B>(Batch batch, B data) implements AutoCloseable {
        @Override
        public void close() {
            release(data);
        }
    }

    private final Trainable<B> trainable;
    private final Plan plan;
    private final int ahead;
    private final @Nullable ExecutorService readers;
    private final Queue<Future<Loaded<B>>> queue = new ArrayDeque<>();
    private long step;
    private int part;

    BatchReader(Trainable<B> trainable, Plan plan, LoopConfig config, long firstStep) {
        this.trainable = trainable;
        this.plan = plan;
        this.ahead = config.readAhead();
        this.step = firstStep;
        this.readers = ahead == 0
                ? null
                : Executors.newFixedThreadPool(config.readers(), work -> {
                    Thread thread = new Thread(work, "batch-reader");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** @return the next part; the caller closes it */
    Loaded<B> next() {
        if (readers == null) {
            Batch batch = take();
            return new Loaded<>(batch, trainable.read(batch));
        }
        while (queue.size() < ahead && step < plan.steps()) {
            Batch batch = take();
            queue.add(readers.submit(() -> new Loaded<>(batch, trainable.read(batch))));
        }
        Future<Loaded<B>> first = queue.remove();
        if (step < plan.steps()) { // one more is read while this one is learned from
            Batch batch = take();
            queue.add(readers.submit(() -> new Loaded<>(batch, trainable.read(batch))));
        }
        return await(first);
    }

    private Batch take() {
        Batch batch = plan.batch(step, part);
        part++;
        if (part == batch.parts()) {
            part = 0;
            step++;
        }
        return batch;
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ScoringException(ErrorReason.CANCELLED, "training was interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException known) {
                throw known;
            }
            throw new IllegalStateException("a batch could not be read", e.getCause());
        }
    }

    private static void release(@Nullable Object data) {
        if (data instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception e) {
                throw new IllegalStateException("a batch could not be freed", e);
            }
        }
    }

    @Override
    public void close() {
        if (readers == null) {
            return;
        }
        for (Future<Loaded<B>> unused : queue) {
            if (!unused.cancel(false)) { // running or done: it may own something
                try {
                    unused.get().close();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    break;
                } catch (ExecutionException e) {
                    // Nobody waits for this batch any more, so its failure says nothing.
                }
            }
        }
        readers.shutdownNow();
    }
}
