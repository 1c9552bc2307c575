package org.loupe.modelpackage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scratch.StagingDirectory;

/**
 * A package on the way to its place, in a {@link StagingDirectory}: nobody ever sees half of it, and what a killed process left is removed by
 * the next one. For one thread.
 */
final class PackageStaging implements AutoCloseable {
    private final Path target;
    private final StagingDirectory staging;
    private final PackageKind kind;

    private PackageStaging(Path target, StagingDirectory staging, PackageKind kind) {
        this.target = target;
        this.staging = staging;
        this.kind = kind;
    }

    /**
     * @param target the package directory to come; must not exist or be an empty directory; missing parents are made
     * @throws ScoringException INVALID_REQUEST if something is there already, IO_FAILED if the place cannot be written
     */
    static PackageStaging beside(Path target, PackageKind kind) {
        Path absolute = target.toAbsolutePath().normalize();
        if (absolute.getParent() == null) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, kind.words() + " cannot be the root directory");
        }
        try {
            if (Files.exists(absolute) && !emptyDirectory(absolute)) {
                throw new ScoringException(
                        ErrorReason.INVALID_REQUEST,
                        target + " exists already; packages are never changed, choose another version or place");
            }
            return new PackageStaging(absolute, StagingDirectory.beside(absolute), kind);
        } catch (IOException e) {
            throw kind.unwritable(target, e);
        }
    }

    Path directory() {
        return staging.path();
    }

    Path target() {
        return target;
    }

    /** Adds the manifest and forces everything to the disk. */
    void seal(byte[] manifest) throws IOException {
        Files.write(directory().resolve(kind.manifest()), manifest);
        force(directory().resolve(kind.manifest()));
        for (Path file : PackageDigest.files(directory(), kind)) {
            force(file);
        }
    }

    /** Makes the package appear. */
    void move() throws IOException {
        staging.moveIntoPlace();
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
        staging.close();
    }
}
