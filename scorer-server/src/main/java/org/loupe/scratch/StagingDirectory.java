package org.loupe.scratch;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory that appears whole or not at all: it is filled under a hidden name beside its target and moved into place in one step. Closing
 * without {@link #moveIntoPlace} removes it, and so does an orderly end of the process. A process that was killed cannot: a lock file beside
 * the hidden directory then is nobody's, and the next staging beside the same target removes both. Safe for use by many threads.
 */
public final class StagingDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StagingDirectory.class);
    private static final String PREFIX = ".writing-";
    private static final String LOCK_SUFFIX = ".lock";
    private static final String GONE_SUFFIX = ".gone";
    // Another process may just be sweeping and take a lock file it sees for an abandoned one; a new name each time.
    private static final int TRIES = 5;

    private static final Set<StagingDirectory> OPEN = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> List.copyOf(OPEN).forEach(StagingDirectory::close), "staging-cleanup"));
    }

    private final Path target;
    private final Path content;
    private final Path lockFile;
    private final @Nullable FileChannel lock;

    private StagingDirectory(Path target, Path content, Path lockFile, @Nullable FileChannel lock) {
        this.target = target;
        this.content = content;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /**
     * Creates the hidden directory, after removing those that killed processes left beside the target.
     *
     * @param target the directory to come; missing parents are made
     * @throws IOException if the place cannot be written, or the target has no parent
     */
    public static StagingDirectory beside(Path target) throws IOException {
        Path absolute = target.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        if (parent == null) {
            throw new IOException(target + " has no directory around it");
        }
        Files.createDirectories(parent);
        sweep(parent);
        for (int i = 0; i < TRIES; i++) {
            StagingDirectory created = create(absolute, parent);
            if (created != null) {
                OPEN.add(created);
                return created;
            }
        }
        throw new IOException("could not reserve a temporary directory in " + parent);
    }

    /** @return the directory to fill */
    public Path path() {
        return content;
    }

    /**
     * Moves the directory to its target.
     *
     * @throws IOException if something but an empty directory is there, or the move cannot be made in one step
     */
    public void moveIntoPlace() throws IOException {
        try {
            Files.deleteIfExists(target);
        } catch (DirectoryNotEmptyException e) {
            throw new IOException(target + " exists already and is not empty", e);
        }
        Files.move(content, target, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Removes the directory unless it was moved into place; idempotent. What cannot be removed is logged and left. */
    @Override
    public void close() {
        if (!OPEN.remove(this)) {
            return;
        }
        try (FileChannel held = lock) {
            remove(content);
            Files.deleteIfExists(lockFile);
        } catch (IOException e) {
            LOG.warn("could not remove the temporary directory {}", content, e);
        }
    }

    private static @Nullable StagingDirectory create(Path target, Path parent) throws IOException {
        Path content = parent.resolve(PREFIX + UUID.randomUUID());
        Path lockFile = parent.resolve(content.getFileName() + LOCK_SUFFIX);
        FileChannel lock = FileChannel.open(lockFile, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            try {
                lock.lock(); // released with its channel
            } catch (OverlappingFileLockException e) {
                lock.close();
                return null; // this very process is sweeping it away
            } catch (IOException e) {
                // Some network file systems have no locks: then nobody can tell later whether we still run.
                LOG.debug("no lock on {}", lockFile, e);
                lock.close();
                Files.deleteIfExists(lockFile);
                return new StagingDirectory(target, Files.createDirectory(content), lockFile, null);
            }
            if (!Files.exists(lockFile)) {
                lock.close();
                return null; // swept away before it was locked
            }
            // not createTempDirectory, whose owner-only mode the finished directory would keep
            return new StagingDirectory(target, Files.createDirectory(content), lockFile, lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Removes what killed processes left. Never fails: what cannot be locked or removed is somebody else's. */
    private static void sweep(Path parent) {
        try (DirectoryStream<Path> locks = Files.newDirectoryStream(parent, PREFIX + "*" + LOCK_SUFFIX)) {
            for (Path lockFile : locks) {
                sweepOne(parent, lockFile);
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("temporary directories of earlier processes stay in {}", parent, e);
        }
    }

    private static void sweepOne(Path parent, Path lockFile) throws IOException {
        if (!Files.isRegularFile(lockFile, LinkOption.NOFOLLOW_LINKS) || !Files.isWritable(lockFile)) {
            return;
        }
        String name = String.valueOf(lockFile.getFileName());
        Path content = parent.resolve(name.substring(0, name.length() - LOCK_SUFFIX.length()));
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE)) {
            FileLock free = channel.tryLock();
            if (free == null) {
                return;
            }
            if (Files.exists(content, LinkOption.NOFOLLOW_LINKS)) {
                LOG.info("removing {}, which an interrupted run left", content);
            }
            remove(content);
            Files.deleteIfExists(lockFile);
        } catch (OverlappingFileLockException | NoSuchFileException e) {
            LOG.debug("{} is in use by this very process, or just gone", lockFile, e);
        }
    }

    /** Takes the directory away from whoever still writes into it, then removes it. */
    private static void remove(Path directory) throws IOException {
        Path gone = directory.resolveSibling(directory.getFileName() + GONE_SUFFIX);
        if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            Files.move(directory, gone, StandardCopyOption.ATOMIC_MOVE);
        }
        DirectoryTree.delete(gone);
    }
}
