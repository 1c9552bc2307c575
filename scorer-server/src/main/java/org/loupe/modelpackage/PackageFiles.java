package org.loupe.modelpackage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scratch.ScratchDirectory;

/**
 * The files of an opened package, of either kind: a directory, or a zip unpacked to a private temporary directory, which closing removes.
 * Safe for use by many threads.
 */
final class PackageFiles implements AutoCloseable {
    /** A manifest is a few kilobytes; anything beyond is not one. */
    private static final long MOST_MANIFEST_BYTES = 1 << 20;

    private final Path directory;
    private final PackageKind kind;
    private final @Nullable ScratchDirectory unpacked;

    private PackageFiles(Path directory, PackageKind kind, @Nullable ScratchDirectory unpacked) {
        this.directory = directory;
        this.kind = kind;
        this.unpacked = unpacked;
    }

    /** Makes a package of its files, or refuses them. */
    @FunctionalInterface
    interface Opening<P> {
        P of(PackageFiles files) throws IOException;
    }

    /** Puts a package into a directory and returns where its manifest lies. */
    @FunctionalInterface
    interface Unpacking {
        Path unpack() throws IOException;
    }

    /**
     * @param location a directory or a zip of one
     * @param opening owns the files unless it throws
     * @throws ScoringException MODEL_NOT_FOUND if nothing is there; IO_FAILED if it cannot be read; whatever the opening throws
     */
    static <P> P open(Path location, PackageKind kind, Opening<P> opening) {
        if (!Files.exists(location)) {
            throw new ScoringException(ErrorReason.MODEL_NOT_FOUND, "there is no " + kind.noun() + " at " + location);
        }
        try {
            if (Files.isDirectory(location)) {
                return opening.of(new PackageFiles(location, kind, null));
            }
            ScratchDirectory scratch = ScratchDirectory.create(kind.name().toLowerCase(Locale.ROOT));
            return openOwned(scratch, kind, () -> PackageZip.unpack(location, scratch.path(), kind), opening);
        } catch (IOException e) {
            throw kind.unreadable(location, e);
        }
    }

    /** Fills a temporary directory and opens the package in it; the directory belongs to the package, or is gone after a failure. */
    static <P> P openOwned(ScratchDirectory scratch, PackageKind kind, Unpacking unpacking, Opening<P> opening)
            throws IOException {
        try {
            return opening.of(new PackageFiles(unpacking.unpack(), kind, scratch));
        } catch (IOException | RuntimeException e) {
            scratch.close();
            throw e;
        }
    }

    Path directory() {
        return directory;
    }

    /** @return where the manifest stands, for messages */
    String manifestPlace() {
        return directory.resolve(kind.manifest()).toString();
    }

    /** @throws ScoringException MODEL_PACKAGE_INVALID if there is none */
    byte[] manifest() throws IOException {
        Path file = directory.resolve(kind.manifest());
        if (!Files.isRegularFile(file)) {
            throw new ScoringException(
                    ErrorReason.MODEL_PACKAGE_INVALID,
                    directory + " holds no " + kind.manifest() + "; " + kind.words() + " is a directory with one");
        }
        if (Files.size(file) > MOST_MANIFEST_BYTES) {
            throw new ScoringException(ErrorReason.MODEL_PACKAGE_INVALID, file + " is too large for a manifest");
        }
        return Files.readAllBytes(file);
    }

    /** @throws ScoringException MODEL_PACKAGE_INVALID naming every part that is not there */
    void require(String... parts) throws IOException {
        List<String> missing = Arrays.stream(parts)
                .filter(part -> directory.resolve(part).toFile().length() == 0) // of what does not exist, too
                .map(part -> part + " is missing or empty")
                .toList();
        if (!missing.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.MODEL_PACKAGE_INVALID, directory + ": " + String.join("; ", missing));
        }
    }

    /**
     * Reads every file.
     *
     * @throws ScoringException MODEL_PACKAGE_INVALID if the digest is another, IO_FAILED if a file cannot be read
     */
    void verify(String digest) {
        try {
            String actual = PackageDigest.of(directory, kind);
            if (!actual.equals(digest)) {
                throw new ScoringException(
                        ErrorReason.MODEL_PACKAGE_INVALID,
                        "the files in " + directory + " have the digest " + actual + ", the manifest says " + digest
                                + "; the package was changed or is incomplete");
            }
        } catch (IOException e) {
            throw kind.unreadable(directory, e);
        }
    }

    /** @return size of all files but the manifest */
    long sizeBytes() {
        try {
            long sum = 0;
            for (Path file : PackageDigest.files(directory, kind)) {
                sum += Files.size(file);
            }
            return sum;
        } catch (IOException e) {
            throw kind.unreadable(directory, e);
        }
    }

    /** Removes what was unpacked, if anything; idempotent. */
    @Override
    public void close() {
        if (unpacked != null) {
            unpacked.close();
        }
    }
}
