package org.loupe.adapter.folder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.function.Predicate;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;
import org.loupe.ingest.ScoreStamp;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * What is known of files that were looked at before, so that a sweep over a large library costs one look at each directory entry and not
 * its bytes. A cache, nothing more: a lost or damaged one costs reading the files again. Safe for use by many threads.
 */
final class FileMemory implements AutoCloseable {
    /** Between fields; no file system allows it in a name we store. */
    private static final String SEPARATOR = "\u0000";

    private final MVStore store;
    private final MVMap<String, String> files;

    private FileMemory(MVStore store) {
        this.store = store;
        this.files = store.openMap("files");
    }

    /**
     * A file as it was when it was last dealt with.
     *
     * @param file its size and time of change
     * @param scored what was written about it; null if its bytes are of no kind that is scored
     */
    record Known(Stability.Look file, @Nullable Scored scored) {}

    /**
     * @param sidecarName file name of the sidecar
     * @param sidecar size and time of change of the sidecar after it was written
     * @param stamp what it says was scored
     * @param tasks the tasks asked for, as given on the command line; another wish makes the file unknown
     */
    record Scored(String sidecarName, Stability.Look sidecar, ScoreStamp stamp, String tasks) {}

    /** @throws ScoringException IO_FAILED if no store can be made there */
    static FileMemory open(Path file) {
        try {
            return new FileMemory(MVStore.open(file.toString()));
        } catch (MVStoreException e) {
            try { // damaged, or of a later version: begin anew
                Files.deleteIfExists(file);
                return new FileMemory(MVStore.open(file.toString()));
            } catch (MVStoreException | IOException again) {
                e.addSuppressed(again);
                throw new ScoringException(
                        ErrorReason.IO_FAILED, "cannot write " + file + ": " + again.getMessage(), e);
            }
        }
    }

    @Nullable
    Known get(String id) {
        String text = files.get(id);
        return text == null ? null : decoded(text);
    }

    void put(String id, Known known) {
        files.put(id, encoded(known));
    }

    void remove(String id) {
        files.remove(id);
    }

    long size() {
        return files.sizeAsLong();
    }

    /** Forgets files; bounds the memory to those that exist. */
    void removeUnless(Predicate<String> exists) {
        Iterator<String> ids = files.keyIterator(null);
        while (ids.hasNext()) {
            String id = ids.next();
            if (!exists.test(id)) {
                files.remove(id);
            }
        }
    }

    @Override
    public void close() {
        store.close();
    }

    private static String encoded(Known known) {
        String file = Stability.encoded(known.file());
        Scored scored = known.scored();
        if (scored == null) {
            return file;
        }
        return String.join(
                SEPARATOR,
                file,
                scored.sidecarName(),
                Stability.encoded(scored.sidecar()),
                scored.stamp().sha256(),
                scored.stamp().model(),
                scored.stamp().modelVersion(),
                scored.tasks());
    }

    private static @Nullable Known decoded(String text) {
        String[] fields = text.split(SEPARATOR, -1);
        try {
            Stability.Look file = Stability.decoded(fields[0]);
            if (fields.length == 1) {
                return new Known(file, null);
            }
            ScoreStamp stamp = new ScoreStamp(fields[3], fields[4], fields[5]);
            return new Known(file, new Scored(fields[1], Stability.decoded(fields[2]), stamp, fields[6]));
        } catch (ArrayIndexOutOfBoundsException | NumberFormatException e) {
            return null; // of another version of this program
        }
    }
}
