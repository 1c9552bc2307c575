package org.loupe.modelpackage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scratch.ScratchDirectory;

/**
 * An opened model package: manifest, graph, weights and papers, all present. Immutable and safe for use by many threads. Close it when
 * no session reads its files any more; that removes what was unpacked and nothing else.
 */
public final class ModelPackage implements AutoCloseable {
    /** The manifest's file name. */
    public static final String MANIFEST = "model.json";
    /** The graph's file name. */
    public static final String GRAPH = "model.onnx";
    /** The external weights' file name; absent where the graph holds all of them. */
    public static final String WEIGHTS = "model.onnx.data";
    /** The terms' file name. */
    public static final String LICENCE = "LICENSE";
    /** The model card's file name. */
    public static final String CARD = "MODEL_CARD.md";

    /** A manifest is a few kilobytes; anything beyond is not one. */
    private static final long MOST_MANIFEST_BYTES = 1 << 20;
    /** Hashing this much takes a blink; larger packages are hashed when asked, see {@link #verify}. */
    private static final long HASHED_ON_OPEN_BYTES = 64L << 20;

    private final Path directory;
    private final Manifest manifest;
    private final @Nullable ScratchDirectory unpacked;

    private ModelPackage(Path directory, Manifest manifest, @Nullable ScratchDirectory unpacked) {
        this.directory = directory;
        this.manifest = manifest;
        this.unpacked = unpacked;
    }

    /**
     * Opens a package: reads and checks the manifest, checks that every part is there, and compares the digest where the files are
     * under 64 MiB together.
     *
     * @param location a directory, or a zip of one, which is unpacked to a private temporary directory
     * @throws ScoringException MODEL_NOT_FOUND if nothing is there; MODEL_PACKAGE_INVALID naming everything wrong; IO_FAILED if it
     *     cannot be read
     */
    public static ModelPackage open(Path location) {
        if (!Files.exists(location)) {
            throw new ScoringException(ErrorReason.MODEL_NOT_FOUND, "there is no model package at " + location);
        }
        try {
            if (Files.isDirectory(location)) {
                return openDirectory(location, null);
            }
            ScratchDirectory scratch = ScratchDirectory.create("model");
            return openOwned(scratch, () -> PackageZip.unpack(location, scratch.path(), PackageKind.MODEL));
        } catch (IOException e) {
            throw unreadable(location, e);
        }
    }

    /** Fills a temporary directory and opens the package in it; the directory belongs to the package, or is gone after a failure. */
    static ModelPackage openOwned(ScratchDirectory scratch, Unpacking unpacking) throws IOException {
        try {
            return openDirectory(unpacking.unpack(), scratch);
        } catch (IOException | RuntimeException e) {
            scratch.close();
            throw e;
        }
    }

    /** Puts a package into a directory and returns where its manifest lies. */
    @FunctionalInterface
    interface Unpacking {
        Path unpack() throws IOException;
    }

    private static ModelPackage openDirectory(Path directory, @Nullable ScratchDirectory unpacked) throws IOException {
        Manifest manifest = readManifest(directory);
        List<String> problems = new ArrayList<>();
        for (String part : List.of(GRAPH, LICENCE, CARD)) {
            if (!Files.isRegularFile(directory.resolve(part)) || Files.size(directory.resolve(part)) == 0) {
                problems.add(part + " is missing or empty");
            }
        }
        if (!problems.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.MODEL_PACKAGE_INVALID, directory + ": " + String.join("; ", problems));
        }
        ModelPackage opened = new ModelPackage(directory, manifest, unpacked);
        if (opened.sizeBytes() < HASHED_ON_OPEN_BYTES) {
            opened.verify();
        }
        return opened;
    }

    /** @return the manifest alone, without looking at the other parts */
    static Manifest readManifest(Path directory) throws IOException {
        Path file = directory.resolve(MANIFEST);
        if (!Files.isRegularFile(file)) {
            throw new ScoringException(
                    ErrorReason.MODEL_PACKAGE_INVALID,
                    directory + " holds no " + MANIFEST + "; a model package is a directory with one");
        }
        if (Files.size(file) > MOST_MANIFEST_BYTES) {
            throw new ScoringException(ErrorReason.MODEL_PACKAGE_INVALID, file + " is too large for a manifest");
        }
        return ManifestJson.read(Files.readAllBytes(file), file.toString());
    }

    /**
     * Reads every file and compares the digest with the manifest's.
     *
     * @throws ScoringException MODEL_PACKAGE_INVALID if they differ, IO_FAILED if a file cannot be read
     */
    public void verify() {
        try {
            String actual = PackageDigest.of(directory);
            if (!actual.equals(manifest.digest())) {
                throw new ScoringException(
                        ErrorReason.MODEL_PACKAGE_INVALID,
                        "the files in " + directory + " have the digest " + actual + ", the manifest says "
                                + manifest.digest() + "; the package was changed or is incomplete");
            }
        } catch (IOException e) {
            throw unreadable(directory, e);
        }
    }

    /** @return size of all files but the manifest */
    public long sizeBytes() {
        try {
            long sum = 0;
            for (Path file : PackageDigest.files(directory, PackageKind.MODEL)) {
                sum += Files.size(file);
            }
            return sum;
        } catch (IOException e) {
            throw unreadable(directory, e);
        }
    }

    public Manifest manifest() {
        return manifest;
    }

    /** @return where the parts lie */
    public Path directory() {
        return directory;
    }

    /** @return path of {@code model.onnx}; its weights lie beside it */
    public Path graph() {
        return directory.resolve(GRAPH);
    }

    /** Removes what was unpacked, if anything; idempotent. */
    @Override
    public void close() {
        if (unpacked != null) {
            unpacked.close();
        }
    }

    @Override
    public String toString() {
        return manifest.ref() + " in " + directory;
    }

    static ScoringException unreadable(Path location, IOException cause) {
        return PackageKind.MODEL.unreadable(location, cause);
    }
}
