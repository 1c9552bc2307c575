package org.loupe.scratch;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One private temporary directory, deleted with everything in it by {@link #close}. While it is open a lock file beside its content is
 * held, so another process can tell a directory in use from one whose process was killed. Safe for use by many threads.
 */
public final class ScratchDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ScratchDirectory.class);
    private static final String PREFIX = "loupe-";
    private static final String LOCK = "lock";
    /** A directory younger than this may be about to take its lock. */
    private static final Duration SETTLED = Duration.ofMinutes(10);

    private static final Set<ScratchDirectory> OPEN = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> List.copyOf(OPEN).forEach(ScratchDirectory::close), "scratch-cleanup"));
    }

    private final Path root;
    private final Path content;
    private final FileChannel lock;

    private ScratchDirectory(Path root, Path content, FileChannel lock) {
        this.root = root;
        this.content = content;
        this.lock = lock;
    }

    /**
     * Creates a directory under the system's temporary directory, readable by this user only where the file system can say so.
     *
     * @param purpose a word for the name, such as {@code model}; lower-case letters
     */
    public static ScratchDirectory create(String purpose) throws IOException {
        Path parent = Path.of(System.getProperty("java.io.tmpdir"));
        sweep(parent, Instant.now().minus(SETTLED));
        Path root = Files.createTempDirectory(parent, PREFIX + purpose + "-");
        FileChannel lock = null;
        try {
            lock = FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            lock.lock(); // released with its channel
            ScratchDirectory directory =
                    new ScratchDirectory(root, Files.createDirectory(root.resolve("content")), lock);
            OPEN.add(directory);
            return directory;
        } catch (IOException | RuntimeException e) {
            if (lock != null) {
                lock.close();
            }
            delete(root);
            throw e;
        }
    }

    /** @return the directory to put things in; empty at first */
    public Path path() {
        return content;
    }

    /** Deletes the directory and all in it; idempotent. A file that cannot be deleted is logged and left. */
    @Override
    public void close() {
        if (!OPEN.remove(this)) {
            return;
        }
        try (lock) {
            delete(root);
        } catch (IOException e) {
            LOG.warn("could not remove the temporary directory {}", root, e);
        }
    }

    /**
     * Deletes a file or a directory with everything in it; symbolic links are removed, not followed. Nothing happens where nothing is.
     */
    public static void delete(Path path) throws IOException {
        DirectoryTree.delete(path);
    }

    /** Removes what killed processes left. Never fails: a directory that cannot be read or locked is somebody else's. */
    static void sweep(Path parent, Instant settledBefore) {
        try (DirectoryStream<Path> candidates = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path candidate : candidates) {
                if (abandoned(candidate, settledBefore)) {
                    delete(candidate);
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("temporary directories of earlier processes stay", e);
        }
    }

    private static boolean abandoned(Path candidate, Instant settledBefore) throws IOException {
        Path lockFile = candidate.resolve(LOCK);
        if (!Files.isDirectory(candidate, LinkOption.NOFOLLOW_LINKS)
                || !Files.isRegularFile(lockFile, LinkOption.NOFOLLOW_LINKS)
                || !Files.isWritable(lockFile)
                || Files.getLastModifiedTime(lockFile).toInstant().isAfter(settledBefore)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE)) {
            @Nullable FileLock free = channel.tryLock();
            return free != null;
        } catch (OverlappingFileLockException e) {
            return false; // in use by this very process
        }
    }
}
