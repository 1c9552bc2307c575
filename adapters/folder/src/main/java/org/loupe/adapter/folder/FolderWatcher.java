package org.loupe.adapter.folder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.loupe.client.MediaContent;
import org.loupe.client.ModelInfo;
import org.loupe.client.ScoringClient;
import org.loupe.ingest.H2Journal;
import org.loupe.ingest.IngestListener;
import org.loupe.ingest.IngestPipeline;
import org.loupe.ingest.IngestPolicy;
import org.loupe.ingest.IngestProgress;
import org.loupe.ingest.JournalEntry;
import org.loupe.ingest.ScoreStamp;
import org.loupe.media.MediaTypes;
import org.loupe.metadata.ScoreFields;
import org.loupe.score.ErrorReason;
import org.loupe.score.ModelRef;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/**
 * Keeps the sidecars of one folder in step with its pictures and clips: finds files that are finished, has them scored, writes the
 * scores. Either {@link #start} it and let it watch, or {@link #sweepOnce}. What it has found is in a journal on disk until it is done, so
 * it may be killed at any moment. Safe for use by many threads.
 */
public final class FolderWatcher implements AutoCloseable {
    /** Endings that promise a picture or clip; a file that breaks the promise is named, any other is passed by. */
    private static final Set<String> PROMISING = Set.of(
            "jpg", "jpeg", "jpe", "png", "webp", "gif", "bmp", "tif", "tiff", "mp4", "m4v", "mov", "webm", "mkv",
            "avi");

    /** How often a full backlog is looked at again. */
    private static final long BACKLOG_MILLIS = 200;

    private final FolderConfig config;
    private final Path root;
    private final FolderListener listener;
    private final ScoringClient client;
    private final FolderPaths paths;
    private final XmpSidecar sidecars;
    private final FolderSink sink;
    private final StateDirectory state;
    private final H2Journal journal;
    private final FileMemory memory;
    private final IngestPipeline pipeline;
    private final StableFiles files;
    private final String tasks;

    /** As each file was when it was handed over; in the pipeline or parked. Bounded by the journal's backlog and the parked files. */
    private final Map<String, Stability.Look> given = new ConcurrentHashMap<>();

    /** As each file was just before the pipeline read it, so that a change during reading makes it unknown. Bounded by those in flight. */
    private final Map<String, Stability.Look> opened = new ConcurrentHashMap<>();

    private final Map<String, String> told = new ConcurrentHashMap<>();
    private final AtomicLong seen = new AtomicLong();
    private final AtomicLong unchanged = new AtomicLong();
    private final AtomicLong otherKinds = new AtomicLong();
    private volatile ModelInfo model;
    /** The model with its adapter, if one is asked for. */
    private volatile ModelRef scoredBy;

    private volatile boolean stopping;

    private FolderWatcher(FolderConfig config, Path root, ScoringClient client, FolderListener listener, Opened held) {
        this.config = config;
        this.root = root;
        this.listener = listener;
        this.client = client;
        this.paths = new FolderPaths(root);
        this.sidecars =
                new XmpSidecar(root, config.sidecarName(), config.ratingFrom().orElse(null));
        this.sink = new FolderSink(paths, sidecars, this::wanted);
        this.state = held.state;
        this.journal = held.journal;
        this.memory = held.memory;
        this.model = held.model;
        this.scoredBy = held.scoredBy;
        this.tasks = config.options().tasks().stream().map(Task::id).collect(Collectors.joining(","));
        Path stateBase = config.state().toAbsolutePath().normalize();
        this.files = new StableFiles(
                root,
                directory -> directory.equals(stateBase),
                config.quietPeriod(),
                config.sweepEvery(),
                Clock.systemUTC(),
                new Finder());
        this.pipeline = IngestPipeline.start(
                journal,
                client,
                this::open,
                sink,
                IngestPolicy.DEFAULT.withOptions(config.options()),
                config.ingest(),
                Clock.systemUTC(),
                new Progress());
    }

    private record Opened(
            StateDirectory state, H2Journal journal, FileMemory memory, ModelInfo model, ModelRef scoredBy) {}

    /**
     * Takes the folder and goes on with what an earlier process left; finds nothing new before {@link #start} or {@link #sweepOnce}.
     *
     * @param client stays the caller's, which closes it after the watcher
     * @throws ScoringException INVALID_REQUEST if the root is no directory, IO_FAILED if state cannot be kept or another process watches
     *     the folder; as {@link ScoringClient#model} if no server has the model; ADAPTER_NOT_FOUND
     */
    public static FolderWatcher open(FolderConfig config, ScoringClient client, FolderListener listener) {
        Path root = realRoot(config.root());
        ModelInfo model = client.model(config.options().model()); // first: without a server there is nothing to begin
        ModelRef scoredBy = model.adaptedBy(config.options().adapter());
        StateDirectory state = StateDirectory.take(config.state(), root);
        H2Journal journal = null;
        try {
            journal = H2Journal.open(state.file("journal"));
            FileMemory memory = FileMemory.open(state.file("files.mv"));
            FolderWatcher watcher = new FolderWatcher(
                    config, root, client, listener, new Opened(state, journal, memory, model, scoredBy));
            watcher.pipeline.retryParked(); // a new start is a new chance: server, sidecar or program may be better now
            return watcher;
        } catch (ScoringException e) {
            if (journal != null) {
                journal.close();
            }
            state.close();
            throw e;
        }
    }

    /** Watches and sweeps until {@link #close}. @throws ScoringException IO_FAILED if the system has no notifications to give */
    public void start() {
        try {
            files.start();
        } catch (IOException e) {
            throw new ScoringException(
                    ErrorReason.IO_FAILED, "cannot watch " + config.root() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Goes through the folder once and returns when every file found is scored or parked, or {@link #stop} was called.
     *
     * @throws ScoringException IO_FAILED if the folder cannot be read
     */
    public FolderReport sweepOnce() throws InterruptedException {
        try {
            files.sweepOnce();
        } catch (IOException e) {
            throw new ScoringException(
                    ErrorReason.IO_FAILED, "cannot read " + config.root() + ": " + e.getMessage(), e);
        }
        awaitIdle();
        return report();
    }

    /** Waits until everything found so far is scored or parked, or {@link #stop} was called. */
    public void awaitIdle() throws InterruptedException {
        boolean idle = false;
        while (!stopping && !idle) {
            idle = pipeline.awaitIdle(Duration.ofMillis(BACKLOG_MILLIS));
        }
    }

    /** Asks {@link #sweepOnce} and {@link #awaitIdle} to return soon. Does not wait; for signal handlers. */
    public void stop() {
        stopping = true;
        files.stop();
    }

    /** @return where things stand */
    public FolderReport report() {
        IngestProgress progress = pipeline.progress();
        return new FolderReport(
                progress.written(),
                unchanged.get(),
                journal.count(JournalEntry.State.PARKED),
                otherKinds.get(),
                progress.pending(),
                files.waiting());
    }

    /** @return files taken in and files done since the start, for a progress bar: {@code done <= total} */
    public IngestProgress progress() {
        return pipeline.progress();
    }

    /** @return at most {@code limit} files given up, with reasons; asset ids are paths below the root */
    public List<JournalEntry> parked(int limit) {
        return pipeline.parked(limit);
    }

    /** @return the folder, its links resolved */
    public Path root() {
        return root;
    }

    /** @return what scores, as last told by a server: the model, with its adapter if one is asked for */
    public ModelRef scoredBy() {
        return scoredBy;
    }

    /** Stops looking, lets files in flight end, and releases the folder. What is not done by then stays in the journal. */
    @Override
    public void close() {
        stop();
        files.close();
        pipeline.close();
        memory.close();
        journal.close();
        state.close();
    }

    private static Path realRoot(Path root) {
        try {
            Path real = root.toRealPath();
            if (!Files.isDirectory(real)) {
                throw new ScoringException(ErrorReason.INVALID_REQUEST, root + " is not a folder");
            }
            return real;
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, "there is no folder " + root, e);
        }
    }

    private Set<Task> wanted(Path file) {
        Set<Task> asked = config.options().tasks();
        ModelInfo known = model;
        if (!asked.isEmpty()) {
            return asked;
        }
        return MediaTypes.isVideo(MediaTypes.detect(file)) ? known.videoTasks() : known.imageTasks();
    }

    /** A file that has stood still. Called by two threads at most. */
    private void consider(Path file) {
        seen.incrementAndGet();
        String id = paths.id(file).orElse(null);
        if (id == null) {
            listener.refused(file, "its name is not in the system's encoding; run with LC_ALL=C.UTF-8");
            return;
        }
        Stability.Look look = Stability.Look.at(file);
        if (look == null || look.equals(given.get(id))) {
            return;
        }
        FileMemory.Known known = memory.get(id);
        if (known != null && known.file().equals(look)) {
            if (known.scored() == null) {
                otherKinds.incrementAndGet();
                return;
            }
            if (stillRight(id, file, look, known.scored())) {
                unchanged.incrementAndGet();
                listener.unchanged(file);
                return;
            }
        }
        if (!isScored(file)) {
            otherKinds.incrementAndGet();
            memory.put(id, new FileMemory.Known(look, null));
            return;
        }
        given.put(id, look);
        if (!submit(id)) {
            given.remove(id);
        }
    }

    /** Whether the sidecar of an unchanged file says what a new scoring would: usually without reading it. */
    private boolean stillRight(String id, Path file, Stability.Look look, FileMemory.Scored scored) {
        if (!scored.tasks().equals(tasks) || !scored.stamp().isOf(scoredBy)) {
            return false;
        }
        Path sidecar = file.resolveSibling(scored.sidecarName());
        Stability.Look now = Stability.Look.at(sidecar);
        if (scored.sidecar().equals(now)) {
            return true;
        }
        try {
            // Somebody edited the sidecar. That is fine as long as our part is whole, and spares reading the picture.
            if (now == null || !sink.stamp(id).equals(Optional.of(scored.stamp()))) {
                return false;
            }
        } catch (IOException | ScoringException e) {
            return false; // the pipeline meets the same and says so
        }
        memory.put(
                id,
                new FileMemory.Known(look, new FileMemory.Scored(scored.sidecarName(), now, scored.stamp(), tasks)));
        return true;
    }

    private static boolean isScored(Path file) {
        try {
            return MediaTypes.isSupported(MediaTypes.detect(file)) || promises(file);
        } catch (ScoringException e) {
            return promises(file); // unreadable: the pipeline tries again and tells why
        }
    }

    private static boolean promises(Path file) {
        String name = file.getFileName().toString();
        return PROMISING.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    }

    /** Waits while the backlog is full. @return false if we were told to stop first */
    private boolean submit(String id) {
        while (!stopping) {
            try {
                pipeline.submit(id);
                return true;
            } catch (ScoringException e) {
                if (e.reason() != ErrorReason.OVERLOADED) {
                    throw e;
                }
            }
            try {
                Thread.sleep(BACKLOG_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return false;
    }

    private Optional<MediaContent> open(String id) {
        Stability.Look look = Stability.Look.at(paths.file(id));
        if (look != null) {
            opened.put(id, look);
        }
        return paths.open(id);
    }

    private void remember(String id, Path sidecar, ScoreStamp stamp) {
        Stability.Look before = opened.remove(id);
        Stability.Look written = Stability.Look.at(sidecar);
        if (before != null && written != null) {
            memory.put(
                    id,
                    new FileMemory.Known(
                            before, new FileMemory.Scored(sidecar.getFileName().toString(), written, stamp, tasks)));
        }
    }

    /** What the search reports. */
    private final class Finder implements StableFiles.Listener {
        @Override
        public void stable(Path file) {
            consider(file);
        }

        @Override
        public void refused(Path path, String why) {
            listener.refused(path, why);
        }

        @Override
        public void leftOver(Path file) {
            try {
                XmpSidecar.removeLeftOver(file);
            } catch (IOException e) {
                listener.refused(file, "it is left over from a killed run and cannot be removed: " + e.getMessage());
            }
        }

        @Override
        public void sweepBegins() {
            seen.set(0);
            unchanged.set(0);
            otherKinds.set(0);
            try {
                ModelInfo present = client.model(config.options().model());
                scoredBy = present.adaptedBy(config.options().adapter());
                model = present;
            } catch (ScoringException e) {
                // The servers are away, or the adapter is. What was known stays good until they say otherwise.
            }
        }

        @Override
        public void sweepEnds() {
            if (memory.size() > 2 * seen.get() + 1000) {
                memory.removeUnless(id -> Files.exists(paths.file(id)));
            }
            listener.swept(report());
        }
    }

    /** What the pipeline reports. */
    private final class Progress implements IngestListener {
        @Override
        public void accepted(String id) {
            listener.found(paths.file(id));
        }

        @Override
        public void written(String id, ScoreFields fields) {
            Path file = paths.file(id);
            Path sidecar = sink.takeWritten(id);
            told.remove(id);
            given.remove(id);
            if (sidecar != null) {
                ScoreStamp.of(fields).ifPresent(stamp -> remember(id, sidecar, stamp));
                listener.scored(file, sidecar, fields);
            }
        }

        @Override
        public void skipped(String id) {
            Path file = paths.file(id);
            told.remove(id);
            boolean handedOver = given.remove(id) != null;
            if (!Files.exists(file)) {
                opened.remove(id);
                memory.remove(id);
                return;
            }
            try {
                ScoreStamp stamp = sink.stamp(id).orElse(null);
                if (stamp != null) {
                    remember(id, sidecars.locate(file, stamp::sha256), stamp);
                }
            } catch (IOException | ScoringException e) {
                // Only the memory of it is lost; the next sweep looks again.
            }
            opened.remove(id);
            if (handedOver) { // otherwise it was counted when it was written, or the sweep counts it
                unchanged.incrementAndGet();
                listener.unchanged(file);
            }
        }

        @Override
        public void retrying(String id, ErrorReason reason, String message) {
            listener.retrying(paths.file(id), reason, message);
        }

        @Override
        public void parked(String id, ErrorReason reason, String message) {
            opened.remove(id);
            if (reason.kind() != ErrorReason.Kind.CALLER || reason == ErrorReason.METADATA_CONFLICT) {
                given.remove(id); // not the picture's fault, so the next sweep may have more luck with the same bytes
            }
            if (!message.equals(told.put(id, message))) {
                listener.parked(paths.file(id), reason, message);
            }
        }
    }
}
