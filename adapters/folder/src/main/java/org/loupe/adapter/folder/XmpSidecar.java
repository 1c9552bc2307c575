package org.loupe.adapter.folder;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.loupe.ingest.ScoreStamp;
import org.loupe.metadata.ScoreFields;
import org.loupe.score.Task;

/**
 * Reads and writes the sidecars below one folder. A write is read, merge, new file in the same directory, flush to disk, look again
 * whether anybody else wrote meanwhile, rename over the old one: a reader sees the old file or the new one, never half of one, and a
 * kill leaves at most a file that {@link #isTemporary} knows. The media file is opened only to take its digest, by the caller.
 * Safe for use by many threads, also for the same file; other programs may write the same sidecars.
 */
final class XmpSidecar {
    /** Begins every temporary name; hidden, so that other programs' scans pass it by. */
    private static final String TEMPORARY = ".loupe-tmp-";

    /** Tells this process's unfinished writes from those of a killed one. */
    private static final String PROCESS =
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());

    /** Somebody who rewrites a sidecar more often than this while we merge is not going to stop; the next sweep tries again. */
    private static final int MAX_MERGES = 8;

    /** More than threads that write, so that two files seldom share one. */
    private static final int LOCKS = 64;

    private final Object[] locks = new Object[LOCKS];
    private final Path root;
    private final SidecarName preference;
    private final @Nullable Task ratingFrom;

    /**
     * @param root real path of the folder; nothing outside it is written, whatever links say
     * @param preference the name of new sidecars
     * @param ratingFrom the task whose level becomes {@code xmp:Rating} where none exists; null to leave ratings alone
     */
    XmpSidecar(Path root, SidecarName preference, @Nullable Task ratingFrom) {
        this.root = root;
        this.preference = preference;
        this.ratingFrom = ratingFrom;
        Arrays.setAll(locks, i -> new Object());
    }

    /** @return whether a path has the name of an unfinished write of ours */
    static boolean isTemporary(Path path) {
        return path.getFileName().toString().startsWith(TEMPORARY);
    }

    /**
     * Removes an unfinished write that is not this process's. Should it be a living one's, which watches a folder inside this one or
     * around it, that process merges again.
     */
    static void removeLeftOver(Path temporary) throws IOException {
        if (isTemporary(temporary) && !temporary.getFileName().toString().startsWith(TEMPORARY + PROCESS)) {
            Files.deleteIfExists(temporary);
        }
    }

    /** A digest that is only computed if somebody asks. */
    @FunctionalInterface
    interface Digest {
        String sha256() throws IOException;
    }

    /**
     * @param digest of the media file; asked only where the sidecar could be another file's
     * @return where the scores of {@code media} are, or would be, written
     */
    Path locate(Path media, Digest digest) throws IOException {
        return preference.locate(media, sidecar -> {
            try {
                Optional<ScoreStamp> stamp = read(sidecar).flatMap(ScoreStamp::of);
                return stamp.isPresent() && stamp.get().sha256().equals(digest.sha256());
            } catch (SidecarException e) {
                return false; // unreadable, so nothing of this file's is in it
            }
        });
    }

    /**
     * @return our fields in a sidecar; nothing if there is no sidecar or nothing complete of ours in it
     * @throws SidecarException if it is no XMP
     */
    Optional<ScoreFields> read(Path sidecar) throws IOException {
        byte[] bytes = readBounded(sidecar);
        if (bytes == null) {
            return Optional.empty();
        }
        try {
            return XmpPacket.parse(bytes).fields();
        } catch (SidecarException e) {
            throw leftAlone(sidecar, e);
        }
    }

    /**
     * Merges fields into the sidecar of {@code media}.
     *
     * @return the sidecar
     * @throws SidecarException if what is there cannot be kept safe: it is then left as it was
     * @throws IOException if the folder cannot be read or written
     */
    Path write(Path media, ScoreFields fields) throws IOException {
        String sha256 = fields.text(ScoreFields.SCORED_SHA256).orElseThrow();
        for (int merge = 0; merge < MAX_MERGES; merge++) {
            Path sidecar = locate(media, () -> sha256);
            try {
                Path real = resolve(sidecar);
                synchronized (
                        locks[Math.floorMod(real.hashCode(), LOCKS)]) { // our own threads queue up instead of redoing
                    if (tryWrite(real, fields)) {
                        return sidecar;
                    }
                }
            } catch (SidecarException e) {
                throw leftAlone(sidecar, e);
            }
        }
        throw new IOException("another program keeps rewriting the sidecar of " + media.getFileName());
    }

    private static SidecarException leftAlone(Path sidecar, SidecarException cause) {
        return new SidecarException(
                "the sidecar " + sidecar.getFileName() + " was left alone: " + cause.getMessage(), cause);
    }

    /** @return false if somebody else wrote meanwhile and the merge has to be done again */
    private boolean tryWrite(Path sidecar, ScoreFields fields) throws IOException {
        Stamp before = Stamp.of(sidecar);
        byte[] present = readBounded(sidecar);
        if ((present == null) != (before == null)) {
            return false;
        }
        XmpPacket packet = present == null ? XmpPacket.empty() : XmpPacket.parse(present);
        if (!packet.put(fields, ratingFrom)) {
            return true;
        }
        if (before != null && !Files.isWritable(sidecar)) {
            throw new SidecarException("it is write-protected");
        }
        Path temporary = sidecar.resolveSibling(TEMPORARY + PROCESS + "-"
                + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()));
        try {
            writeAndFlush(temporary, packet.serialise());
            if (before != null) {
                keepOwnerAndMode(sidecar, temporary);
            }
            if (!Objects.equals(before, Stamp.of(sidecar))) {
                return false;
            }
            Files.move(temporary, sidecar, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return false; // a watcher of a parent folder has just started and cleared our temporary file away
        } finally {
            Files.deleteIfExists(temporary);
        }
        flushDirectory(directoryOf(sidecar));
        return true;
    }

    /** Follows a linked sidecar to the file itself, which is what has to be replaced, and stays inside the root. */
    private Path resolve(Path sidecar) throws IOException {
        Path directory = directoryOf(sidecar).toRealPath();
        Path real = directory.resolve(sidecar.getFileName());
        if (Files.isSymbolicLink(real)) {
            try {
                real = real.toRealPath();
            } catch (NoSuchFileException e) {
                throw new SidecarException("it is a link to a file that does not exist", e);
            }
        }
        if (!real.startsWith(root)) {
            throw new SidecarException("it lies outside the watched folder, behind a symbolic link");
        }
        return real;
    }

    private static Path directoryOf(Path file) {
        return Objects.requireNonNull(file.getParent(), "sidecars have absolute paths");
    }

    private static byte @Nullable [] readBounded(Path sidecar) throws IOException {
        try (InputStream in = Files.newInputStream(sidecar)) {
            return in.readNBytes(XmpGuard.MAX_BYTES + 1); // one more than allowed, which the guard refuses
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static void writeAndFlush(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
    }

    private static void keepOwnerAndMode(Path from, Path to) throws IOException {
        PosixFileAttributeView target = Files.getFileAttributeView(to, PosixFileAttributeView.class);
        if (target == null) {
            return; // not a POSIX file system: rights come from the directory
        }
        PosixFileAttributes source = Files.readAttributes(from, PosixFileAttributes.class);
        PosixFileAttributes ours = target.readAttributes();
        try {
            if (!ours.group().equals(source.group())) {
                target.setGroup(source.group());
            }
            if (!ours.owner().equals(source.owner())) {
                target.setOwner(source.owner());
            }
        } catch (FileSystemException e) {
            // Only the superuser may give a file away; then it belongs to us, as after any editor's save.
        }
        target.setPermissions(source.permissions());
    }

    /** Makes the rename itself survive a power cut, where the system lets a directory be opened. */
    private static void flushDirectory(Path directory) {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Windows and some network mounts refuse; the rename has happened, and a sweep would redo a lost one.
        }
    }

    /** What a file looked like; two equal stamps mean nobody wrote between. */
    private record Stamp(
            long sizeBytes, FileTime modified, @Nullable Object inode) {
        static @Nullable Stamp of(Path file) throws IOException {
            try {
                BasicFileAttributes attributes =
                        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                if (!attributes.isRegularFile()) {
                    throw new SidecarException("it is not a regular file");
                }
                return new Stamp(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
            } catch (NoSuchFileException e) {
                return null;
            }
        }
    }
}
