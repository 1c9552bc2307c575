package org.loupe.adapter.folder;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.loupe.digest.Sha256;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Where one watched folder's journal and memory lie, held by one process at a time. The lock is the operating system's and vanishes with
 * the process, however that ends.
 */
final class StateDirectory implements AutoCloseable {
    private final Path directory;
    private final FileChannel lockFile;
    private final FileLock lock;

    private StateDirectory(Path directory, FileChannel lockFile, FileLock lock) {
        this.directory = directory;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /** @return where programs keep such things for this user, by the conventions of the system */
    static Path userDefault(Map<String, String> environment, String home, String osName) {
        String xdg = environment.getOrDefault("XDG_STATE_HOME", "");
        String local = environment.getOrDefault("LOCALAPPDATA", "");
        Path base;
        if (!xdg.isBlank()) {
            base = Path.of(xdg);
        } else if (osName.toLowerCase(Locale.ROOT).startsWith("windows") && !local.isBlank()) {
            base = Path.of(local);
        } else {
            base = Path.of(home, ".local", "state");
        }
        return base.resolve("loupe").resolve("watch");
    }

    /**
     * Takes the state of one folder.
     *
     * @param base holds the states of all folders; made if it is missing
     * @param root real path of the watched folder
     * @throws ScoringException IO_FAILED if it cannot be made, or another process watches the folder
     */
    static StateDirectory take(Path base, Path root) {
        Path directory = base.toAbsolutePath().resolve(name(root));
        FileChannel channel = null;
        try {
            Files.createDirectories(directory);
            channel = FileChannel.open(
                    directory.resolve("lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                String owner = owner(channel);
                channel.close();
                throw new ScoringException(
                        ErrorReason.IO_FAILED,
                        root + " is already being watched" + owner + "; one watcher a folder is enough");
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
            return new StateDirectory(directory, channel, lock);
        } catch (IOException e) {
            closeQuietly(channel, e);
            throw new ScoringException(
                    ErrorReason.IO_FAILED,
                    "cannot keep state in " + directory + ": " + e.getMessage() + "; choose another place with --state",
                    e);
        }
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    /** Lets go; the files stay for the next time. */
    @Override
    public void close() {
        try {
            lock.release();
            lockFile.close();
        } catch (IOException e) {
            // The system lets go of it with the process at the latest.
        }
    }

    /** Readable, and different for different folders. */
    private static String name(Path root) {
        Path last = root.getFileName();
        String readable = last == null ? "root" : last.toString().replaceAll("[^A-Za-z0-9._-]", "_");
        return readable.substring(0, Math.min(40, readable.length())) + "-"
                + Sha256.hex(root.toString()).substring(0, 16);
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock(Long.MAX_VALUE - 1, 1, false); // past the text, which others may read
        } catch (OverlappingFileLockException e) {
            return null; // by this very process
        }
    }

    private static String owner(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(20);
        channel.read(text, 0);
        String pid = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII);
        return pid.matches("\\d+") ? " by process " + pid : "";
    }

    private static void closeQuietly(@Nullable FileChannel channel, IOException cause) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                cause.addSuppressed(e);
            }
        }
    }
}
