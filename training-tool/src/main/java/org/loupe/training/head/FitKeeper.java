package org.loupe.training.head;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.loupe.training.loop.CheckpointStore;
import org.loupe.training.loop.LoopResult;
import org.loupe.training.loop.RunLog;
import org.loupe.training.loop.TrainingLoop;

/** Where the many fits of a run leave check points and log, so that a run that was killed does not begin anew. For one thread. */
public final class FitKeeper implements AutoCloseable {
    private final @Nullable Path directory;
    private final boolean resume;
    private final @Nullable RunLog log;
    private final Map<String, LoopResult> ended = new LinkedHashMap<>();

    private FitKeeper(@Nullable Path directory, boolean resume, @Nullable RunLog log) {
        this.directory = directory;
        this.resume = resume;
        this.log = log;
    }

    /** Keeps nothing. */
    public static FitKeeper none() {
        return new FitKeeper(null, false, null);
    }

    /**
     * @param out the run's directory
     * @param resume whether to go on from what lies there
     */
    public static FitKeeper in(Path out, boolean resume) {
        return new FitKeeper(out.resolve("checkpoints").resolve("fits"), resume, RunLog.open(out, resume));
    }

    boolean keeps() {
        return directory != null;
    }

    /**
     * Makes a fit leave its check points and lines in the run.
     *
     * @param fit name, also of its directory
     * @param identity see {@link TrainingLoop#keeping}
     */
    public TrainingLoop keep(TrainingLoop loop, String fit, String identity) {
        if (directory == null || log == null) {
            return loop;
        }
        CheckpointStore store = new CheckpointStore(directory.resolve(fit), resume);
        return loop.keeping(store, identity).logging(log);
    }

    /** Notes how a fit ended. */
    public void ended(String fit, LoopResult result) {
        ended.put(fit, result);
    }

    /** @return how each fit ended, in their order */
    public Map<String, LoopResult> ended() {
        return Collections.unmodifiableMap(ended);
    }

    @Override
    public void close() {
        if (log != null) {
            log.close();
        }
    }
}
