package org.loupe.export;

import java.io.Console;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.util.Locale;

/** Progress for people: one line that redraws itself on a terminal, one plain line a step elsewhere. */
final class ProgressLine implements AutoCloseable {
    private static final int WIDTH = 30;

    private final PrintWriter out;
    private final boolean terminal;
    private String step = "";
    private long shown = -1;

    ProgressLine(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** @return whether a person watches; since Java 22 a console exists without one too, and only it knows */
    @SuppressWarnings("SystemConsoleNull") // older versions do say null
    static boolean watched() {
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

    void at(String nextStep, long done, long total) {
        long permille = total == 0 ? 1000 : Math.min(1000, done * 1000 / total);
        if (!nextStep.equals(step)) {
            endLine();
            step = nextStep;
            if (!terminal) {
                out.println(nextStep);
                out.flush();
            }
        }
        if (terminal && permille != shown) {
            shown = permille;
            int filled = (int) (permille * WIDTH / 1000);
            out.print(String.format(
                    Locale.ROOT,
                    "\r[%s%s] %5.1f %%  %s",
                    "#".repeat(filled),
                    " ".repeat(WIDTH - filled),
                    permille / 10.0,
                    step));
            out.flush();
        }
    }

    private void endLine() {
        if (terminal && shown >= 0) {
            out.println();
            out.flush();
        }
        shown = -1;
    }

    @Override
    public void close() {
        endLine();
    }
}
