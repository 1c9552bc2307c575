package org.loupe.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Waits for what other threads bring about, and fails rather than waiting for ever. */
public final class Await {
    /** Longer than any loaded machine needs; reached only when something is wrong. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Await() {}

    /**
     * Returns when the condition holds.
     *
     * @param what named in the failure
     */
    public static void until(String what, Callable<Boolean> condition) {
        Boolean unused = value(what, () -> condition.call() ? true : null);
    }

    /**
     * Asks again and again until there is an answer.
     *
     * @param what named in the failure
     * @param question null while there is no answer yet
     */
    public static <T> T value(String what, Callable<@Nullable T> question) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            T answer = ask(question);
            if (answer != null) {
                return answer;
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("did not come about: " + what);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    private static <T> @Nullable T ask(Callable<@Nullable T> question) {
        try {
            return question.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("asking failed", e);
        }
    }
}
