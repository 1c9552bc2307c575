package org.loupe.command;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Being told to end by SIGTERM, Ctrl-C or a closed terminal, before the Java platform begins to end. Work that is to be finished first must not be finished in
 * a shutdown hook: the hooks of libraries run at the same time, free what that work still uses, and crash the process. A second signal ends
 * at once. Where the platform has no signals for us, a hook of our own is the next best. For one command in a process; safe for use by many
 * threads.
 */
public final class Termination implements AutoCloseable {
    private static final List<String> SIGNALS = List.of("TERM", "INT");
    /** What a terminal that is closed sends; unknown on some platforms, and left alone where nohup had it ignored. */
    private static final String HANG_UP = "HUP";
    /** What a shell reports of a process that Ctrl-C ended. */
    public static final int INTERRUPTED = 130;

    private final Runnable action;
    private final Duration patience;
    private final AtomicBoolean once = new AtomicBoolean();
    private final List<Callable<@Nullable Object>> restore = new CopyOnWriteArrayList<>();
    private final CountDownLatch told = new CountDownLatch(1);
    private final CountDownLatch finished = new CountDownLatch(1);

    private Termination(Runnable action, Duration patience) {
        this.action = action;
        this.patience = patience;
    }

    /**
     * Listens from now on.
     *
     * @param action run once, on a thread of the platform, when the process is told to end; must be short
     * @param patience how long a hook, where there are no signals, waits for {@link #close}
     */
    public static Termination listen(Runnable action, Duration patience) {
        Termination termination = new Termination(action, patience);
        boolean unused = termination.handle(HANG_UP);
        if (!SIGNALS.stream().allMatch(termination::handle)) {
            Runtime.getRuntime().addShutdownHook(new Thread(termination::hook, "termination"));
        }
        return termination;
    }

    /**
     * Through reflection: the class is there on every platform of today, outside the standard.
     *
     * @return false if it is not there, or the process was started with the signal in other hands
     */
    private boolean handle(String name) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler ours = (proxy, method, arguments) -> switch (method.getName()) {
                case "handle" -> {
                    signalled();
                    yield null;
                }
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "termination of " + name;
            };
            Object which = signal.getConstructor(String.class).newInstance(name);
            Method handle = signal.getMethod("handle", signal, handler);
            Object before = handle.invoke(
                    null,
                    which,
                    Proxy.newProxyInstance(Termination.class.getClassLoader(), new Class<?>[] {handler}, ours));
            restore.add(() -> handle.invoke(null, which, before));
            return true;
        } catch (ReflectiveOperationException | RuntimeException e) {
            return false;
        }
    }

    private void signalled() {
        if (!tell()) {
            Runtime.getRuntime().halt(INTERRUPTED);
        }
    }

    /** @return false if that was known */
    private boolean tell() {
        if (!once.compareAndSet(false, true)) {
            return false;
        }
        try {
            action.run();
        } finally {
            told.countDown();
        }
        return true;
    }

    private void hook() {
        if (finished.getCount() > 0 && tell()) {
            try {
                boolean unused = finished.await(patience.toNanos(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Waits until the process is told to end. */
    public void await() throws InterruptedException {
        told.await();
    }

    /**
     * Waits for a while.
     *
     * @return whether the process was told to end
     */
    public boolean await(Duration longest) throws InterruptedException {
        return told.await(longest.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** What was to be finished is finished; the process may end. From now on a signal does what it did before. */
    @Override
    public void close() {
        once.set(true);
        finished.countDown();
        for (Callable<@Nullable Object> each : restore) {
            try {
                each.call();
            } catch (Exception e) {
                throw new IllegalStateException("a signal that could be taken cannot be given back", e);
            }
        }
        restore.clear();
    }
}
