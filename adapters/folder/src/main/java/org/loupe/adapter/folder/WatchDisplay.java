package org.loupe.adapter.folder;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.loupe.command.ProgressBar;
import org.loupe.ingest.IngestProgress;
import org.loupe.ingest.JournalEntry;
import org.loupe.metadata.ScoreFields;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/** What a person or a log sees of a watched folder: a bar on a terminal, one line a file elsewhere. Safe for many threads. */
final class WatchDisplay implements FolderListener {
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean watched;
    private final ProgressBar bar;
    private volatile Path root = Path.of("");
    private volatile String lastTrouble = "";

    WatchDisplay(PrintWriter out, PrintWriter err, boolean watched, ProgressBar bar) {
        this.out = out;
        this.err = err;
        this.watched = watched;
        this.bar = bar;
    }

    void begin(Path directory, FolderWatcher watcher) {
        root = watcher.root();
        say("watching " + directory + " with " + watcher.scoredBy());
    }

    /** Runs work in another thread and keeps the bar up to date meanwhile. */
    void showWhile(FolderWatcher watcher, long everyMillis, Callable<?> work) throws InterruptedException {
        FutureTask<?> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "loupe-watch-once");
        thread.setDaemon(true);
        thread.start();
        while (true) {
            try {
                task.get(everyMillis, TimeUnit.MILLISECONDS);
                draw(watcher.progress(), 0);
                return;
            } catch (TimeoutException e) {
                draw(watcher.progress(), watcher.report().settling());
            } catch (ExecutionException e) {
                throw e.getCause() instanceof ScoringException known
                        ? known
                        : new ScoringException(ErrorReason.INTERNAL, String.valueOf(e.getCause()), e);
            }
        }
    }

    void draw(IngestProgress progress, int settling) {
        if (!watched) {
            return;
        }
        long total = progress.accepted();
        long done = Math.min(total, progress.written() + progress.skipped() + progress.parked());
        String note = settling > 0 ? settling + " still being written" : ""; // short, or it would not fit in a line
        if (total == 0) {
            bar.at("looking for new files", 0, 0, note);
        } else {
            bar.at("scoring", done, total, done + " of " + total + (note.isEmpty() ? "" : ", " + note));
        }
    }

    @Override
    public void scored(Path file, Path sidecar, ScoreFields fields) {
        if (watched) {
            return; // the bar says enough
        }
        StringBuilder line = new StringBuilder(name(file));
        for (Task task : Task.values()) {
            fields.text(ScoreFields.scoreField(task)).ifPresent(mos -> line.append("  ")
                    .append(task.id())
                    .append(' ')
                    .append(mos)
                    .append(' ')
                    .append(fields.text(ScoreFields.levelField(task)).orElse("")));
        }
        synchronized (out) {
            out.println(line);
            out.flush();
        }
    }

    @Override
    public void retrying(Path file, ErrorReason reason, String message) {
        // With a server away every file says the same; once is enough, until something else happens.
        if (!message.equals(lastTrouble)) {
            lastTrouble = message;
            say("trying again: " + name(file) + ": " + message);
        }
    }

    @Override
    public void parked(Path file, ErrorReason reason, String message) {
        say("not scored: " + name(file) + ": " + reason + ": " + message);
    }

    @Override
    public void refused(Path path, String why) {
        say("passed by: " + name(path) + ": " + why);
    }

    void end(FolderReport report, List<JournalEntry> parked, boolean once) {
        bar.close();
        StringBuilder line = new StringBuilder();
        line.append(report.scored())
                .append(" scored, ")
                .append(report.unchanged())
                .append(" already right");
        if (report.otherKinds() > 0) {
            line.append(", ").append(report.otherKinds()).append(" of other kinds passed by");
        }
        if (report.parked() > 0) {
            line.append(", ").append(report.parked()).append(" not scored");
        }
        long left = report.pending() + report.settling();
        if (left > 0) {
            line.append(", ").append(left).append(" left for the next start");
        }
        say(line.toString());
        for (JournalEntry entry : parked) {
            say("  " + entry.assetId() + ": "
                    + entry.reason().map(ErrorReason::name).orElse("") + ": "
                    + entry.message().orElse(""));
        }
        if (report.parked() > parked.size()) {
            say("  and " + (report.parked() - parked.size()) + " more");
        }
        if (report.parked() > 0 && once) {
            say("They are tried again at the next start, or when they change.");
        }
    }

    private void say(String line) {
        if (watched) {
            bar.println(line);
        } else {
            synchronized (out) {
                err.println(line);
                err.flush();
            }
        }
    }

    private String name(Path file) {
        return file.startsWith(root) && !file.equals(root)
                ? root.relativize(file).toString()
                : file.toString();
    }
}
