package org.loupe.modelpackage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scratch.ScratchDirectory;

/**
 * A hidden directory beside the place where a package shall appear. Both are on one file system, so the finished package moves into place
 * in one step and nobody ever sees half of it. For one thread.
 */
final class PackageStaging implements AutoCloseable {
    private final Path target;
    private final Path directory;
    private final PackageKind kind;

    private PackageStaging(Path target, Path directory, PackageKind kind) {
        this.target = target;
        this.directory = directory;
        this.kind = kind;
    }

    /**
     * @param target the package directory to come; must not exist or be an empty directory; missing parents are made
     * @throws ScoringException INVALID_REQUEST if something is there already, IO_FAILED if the place cannot be written
     */
    static PackageStaging beside(Path target, PackageKind kind) {
        Path absolute = target.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        if (parent == null) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, kind.words() + " cannot be the root directory");
        }
        try {
            Files.createDirectories(parent);
            if (Files.exists(absolute) && !emptyDirectory(absolute)) {
                throw new ScoringException(
                        ErrorReason.INVALID_REQUEST,
                        target + " exists already; packages are never changed, choose another version or place");
            }
            // not createTempDirectory, whose owner-only mode the finished package would keep
            Path directory = Files.createDirectory(parent.resolve(".writing-" + UUID.randomUUID()));
            return new PackageStaging(absolute, directory, kind);
        } catch (IOException e) {
            throw kind.unwritable(target, e);
        }
    }

    Path directory() {
        return directory;
    }

    Path target() {
        return target;
    }

    /** Adds the manifest and forces everything to the disk. */
    void seal(byte[] manifest) throws IOException {
        Files.write(directory.resolve(kind.manifest()), manifest);
        force(directory.resolve(kind.manifest()));
        for (Path file : PackageDigest.files(directory, kind)) {
            force(file);
        }
    }

    /** Makes the package appear. */
    void move() throws IOException {
        try {
            Files.deleteIfExists(target); // an empty directory at most, see beside()
            Files.move(directory, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException | FileAlreadyExistsException e) {
            throw new IOException("could not move the finished package into place", e);
        }
    }

    private static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static boolean emptyDirectory(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return false;
        }
        try (var children = Files.newDirectoryStream(path)) {
            return !children.iterator().hasNext();
        }
    }

    /** Removes the parts unless they became a package; idempotent. */
    @Override
    public void close() {
        try {
            ScratchDirectory.delete(directory);
        } catch (IOException e) {
            throw kind.unwritable(directory, e);
        }
    }
}
