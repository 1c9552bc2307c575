package org.loupe.checkpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Work cut into numbered pieces, done by all cores, each core taking the next piece: files are read and written roughly front to back. */
public final class Parallel {
    private Parallel() {}

    /** One worker's work; one instance is made for each thread, so that it may own buffers. */
    @FunctionalInterface
    public interface Work {
        /** @param piece counted from 0 */
        void run(int piece) throws IOException;
    }

    /** Makes one {@link Work} for one thread. */
    @FunctionalInterface
    public interface Worker {
        Work start();
    }

    /** @return threads used: one a core */
    public static int threads() {
        return Runtime.getRuntime().availableProcessors();
    }

    /**
     * Does all pieces and returns when the last is done. After a failure no further piece is begun.
     *
     * @throws IOException the first failure of a piece; a {@link RuntimeException} or {@link Error} comes as it is
     */
    public static void run(int pieces, Worker worker) throws IOException {
        int threads = Math.min(threads(), pieces);
        if (threads <= 1) {
            Work work = worker.start();
            for (int i = 0; i < pieces; i++) {
                work.run(i);
            }
            return;
        }
        AtomicInteger next = new AtomicInteger();
        AtomicBoolean failed = new AtomicBoolean();
        ExecutorService pool = Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, "loupe-parallel");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                all.add(pool.submit(() -> {
                    try {
                        Work work = worker.start();
                        for (int piece = next.getAndIncrement();
                                piece < pieces && !failed.get();
                                piece = next.getAndIncrement()) {
                            work.run(piece);
                        }
                        return null;
                    } catch (IOException | RuntimeException | Error e) {
                        failed.set(true);
                        throw e;
                    }
                }));
            }
            await(all);
        } finally {
            pool.shutdown();
        }
    }

    /** Waits for every worker even after a failure: their buffers and files belong to the caller. */
    private static void await(List<Future<?>> all) throws IOException {
        Throwable first = null;
        boolean interrupted = false;
        for (Future<?> one : all) {
            for (boolean waiting = true; waiting; ) {
                try {
                    one.get();
                    waiting = false;
                } catch (ExecutionException e) {
                    first = first == null ? e.getCause() : first;
                    waiting = false;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (first instanceof IOException failure) {
            throw failure;
        }
        if (first instanceof RuntimeException failure) {
            throw failure;
        }
        if (first instanceof Error failure) {
            throw failure;
        }
    }
}
