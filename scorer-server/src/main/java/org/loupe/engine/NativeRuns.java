package org.loupe.engine;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * What this process is doing inside ONNX Runtime. The runtime frees its environment in a shutdown hook of its own, under runs that still
 * use it, and the process ends by a crash; so whoever ends the process calls {@link #stop} before the hooks run. Safe for use by many
 * threads.
 */
public final class NativeRuns {
    /** More than the hooks of a process take; after that a caller is better told than held. */
    private static final Duration LONGEST_END = Duration.ofSeconds(30);

    private static final Object LOCK = new Object();
    private static final Set<OrtSession.RunOptions> RUNNING = Collections.newSetFromMap(new IdentityHashMap<>());
    private static int loading;
    private static boolean stopped;

    private NativeRuns() {}

    /** @throws ScoringException SHUTTING_DOWN if the process is ending */
    static void begin(OrtSession.RunOptions run) {
        synchronized (LOCK) {
            refuseIfStopped();
            RUNNING.add(run);
        }
    }

    /** To be called before the run's options are closed. */
    static void end(OrtSession.RunOptions run) {
        synchronized (LOCK) {
            RUNNING.remove(run);
            LOCK.notifyAll();
        }
    }

    /** @throws ScoringException SHUTTING_DOWN if the process is ending */
    static void beginLoading() {
        synchronized (LOCK) {
            refuseIfStopped();
            loading++;
        }
    }

    static void endLoading() {
        synchronized (LOCK) {
            loading--;
            LOCK.notifyAll();
        }
    }

    /**
     * Holds a thread of a process that is ending, so that it does not report as failures what is only an end.
     *
     * @throws ScoringException SHUTTING_DOWN if the process is ending, and does not get there
     */
    static void refuseIfStopped() {
        synchronized (LOCK) {
            if (!stopped) {
                return;
            }
            long until = System.nanoTime() + LONGEST_END.toNanos();
            try {
                for (long left = LONGEST_END.toMillis(); left > 0; left = (until - System.nanoTime()) / 1_000_000) {
                    LOCK.wait(left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new ScoringException(ErrorReason.SHUTTING_DOWN, "this process is ending");
        }
    }

    private static boolean busy() {
        return loading > 0 || !RUNNING.isEmpty();
    }

    /**
     * Lets nothing more begin, ends the runs under way at their next operator, and waits for them and for graphs that are being loaded.
     *
     * @param patience how long to wait at most
     * @return whether nothing is left inside the runtime
     */
    public static boolean stop(Duration patience) {
        long until = System.nanoTime() + patience.toNanos();
        boolean interrupted = false;
        try {
            synchronized (LOCK) {
                stopped = true;
                for (OrtSession.RunOptions run : RUNNING) {
                    try {
                        run.setTerminate(true);
                    } catch (OrtException e) {
                        // it ends by itself, only later
                    }
                }
                long left = patience.toMillis();
                while (busy() && left > 0) {
                    try {
                        LOCK.wait(left);
                    } catch (InterruptedException e) {
                        interrupted = true; // the process ends anyway; what must be waited for stays the same
                    }
                    left = (until - System.nanoTime()) / 1_000_000;
                }
                return !busy();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
