package org.loupe.command;

import java.io.Console;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Progress of long work, for people: one line with bar, share and remaining time that redraws itself on a terminal, one plain line a
 * step elsewhere. Belongs on the error stream, so that standard output carries only results. Safe for use by many threads.
 */
public final class ProgressBar implements AutoCloseable {
    /** Set by the launcher, which can see what the standard error stream is connected to. */
    private static final String TERMINAL_PROPERTY = "loupe.stderr.terminal";

    private static final int WIDTH = 30;
    /** A person sees no more than this, and a fast loop must not drown in printing. */
    private static final long REDRAW_NANOS = Duration.ofMillis(100).toNanos();
    /** Before this the rate says little about the rest. */
    private static final long ESTIMATE_AFTER_NANOS = Duration.ofSeconds(2).toNanos();

    private final PrintWriter out;
    private final boolean terminal;
    private final LongSupplier nanoClock;
    private String step = "";
    private String note = "";
    private long stepStart;
    private long doneAtStart;
    private long lastDraw;
    private boolean drawn;

    /**
     * @param out the error stream
     * @param terminal whether it may be redrawn
     * @param nanoClock as {@link System#nanoTime}
     */
    public ProgressBar(PrintWriter out, boolean terminal, LongSupplier nanoClock) {
        this.out = out;
        this.terminal = terminal;
        this.nanoClock = nanoClock;
    }

    /** @return a bar that redraws itself if a person watches */
    public static ProgressBar on(PrintWriter out) {
        return new ProgressBar(out, watched(), System::nanoTime);
    }

    /** @return whether a person watches the error stream */
    @SuppressWarnings(
            "SystemConsoleNull") // since Java 22 a console exists without a terminal too; older versions say null
    public static boolean watched() {
        String told = System.getProperty(TERMINAL_PROPERTY);
        if (told != null) {
            return Boolean.parseBoolean(told);
        }
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return Boolean.TRUE.equals(Console.class.getMethod("isTerminal").invoke(console));
        } catch (NoSuchMethodException e) {
            return true;
        } catch (IllegalAccessException | InvocationTargetException e) {
            return false;
        }
    }

    /**
     * Tells how far the work is.
     *
     * @param nextStep what is being done; a new text begins a new line
     * @param done units of work done
     * @param total units in all; 0 if unknown
     */
    public void at(String nextStep, long done, long total) {
        at(nextStep, done, total, "");
    }

    /** @param nextNote short text behind the bar, such as the present loss; only drawn on a terminal */
    public synchronized void at(String nextStep, long done, long total, String nextNote) {
        long now = nanoClock.getAsLong();
        if (!nextStep.equals(step)) {
            endLine();
            step = nextStep;
            stepStart = now;
            doneAtStart = done; // work that is resumed was not done in the time seen here
            lastDraw = now - REDRAW_NANOS;
            if (!terminal) {
                out.println(nextStep);
                out.flush();
            }
        }
        note = nextNote;
        if (terminal && (now - lastDraw >= REDRAW_NANOS || (total > 0 && done >= total))) {
            lastDraw = now;
            draw(done, total, now - stepStart);
        }
    }

    /** Clears the bar, lets the caller print whole lines, on whichever stream; the bar comes back with the next step. */
    public synchronized void above(Runnable printing) {
        if (terminal && drawn) {
            out.print("\r\033[K");
            out.flush();
            drawn = false;
        }
        printing.run();
    }

    /** Prints a line of its own on the error stream. */
    public void println(String line) {
        above(() -> {
            out.println(line);
            out.flush();
        });
    }

    private void draw(long done, long total, long elapsedNanos) {
        StringBuilder line = new StringBuilder("\r\033[K");
        if (total > 0) {
            double share = Math.min(1, done / (double) total);
            int filled = (int) (share * WIDTH);
            line.append('[').append("#".repeat(filled)).append(" ".repeat(WIDTH - filled));
            line.append(String.format(Locale.ROOT, "] %5.1f %%  %s", share * 100, step));
            if (done > doneAtStart && done < total && elapsedNanos > ESTIMATE_AFTER_NANOS) {
                double perUnit = elapsedNanos / (double) (done - doneAtStart);
                line.append(", ")
                        .append(time((long) (perUnit * (total - done))))
                        .append(" left");
            }
        } else {
            line.append(step).append(", ").append(done).append(" done");
        }
        if (!note.isEmpty()) {
            line.append("  ").append(note);
        }
        out.print(line);
        out.flush();
        drawn = true;
    }

    private static String time(long nanos) {
        long seconds = Math.max(1, Duration.ofNanos(nanos).toSeconds());
        if (seconds < 90) {
            return seconds + " s";
        }
        return seconds < 5400 ? (seconds + 30) / 60 + " min" : String.format(Locale.ROOT, "%.1f h", seconds / 3600.0);
    }

    private void endLine() {
        if (terminal && drawn) {
            out.println();
            out.flush();
        }
        drawn = false;
    }

    /** Ends the line. */
    @Override
    public synchronized void close() {
        endLine();
    }
}
