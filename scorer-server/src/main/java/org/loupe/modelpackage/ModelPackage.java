package org.loupe.modelpackage;

import java.io.IOException;
import java.nio.file.Path;
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

    /** Hashing this much takes a blink; larger packages are hashed when asked, see {@link #verify}. */
    private static final long HASHED_ON_OPEN_BYTES = 64L << 20;

    private final PackageFiles files;
    private final Manifest manifest;

    private ModelPackage(PackageFiles files, Manifest manifest) {
        this.files = files;
        this.manifest = manifest;
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
        return PackageFiles.open(location, PackageKind.MODEL, ModelPackage::of);
    }

    /** Fills a temporary directory and opens the package in it; the directory belongs to the package, or is gone after a failure. */
    static ModelPackage openOwned(ScratchDirectory scratch, PackageFiles.Unpacking unpacking) throws IOException {
        return PackageFiles.openOwned(scratch, PackageKind.MODEL, unpacking, ModelPackage::of);
    }

    private static ModelPackage of(PackageFiles files) throws IOException {
        Manifest manifest = ManifestJson.read(files.manifest(), files.manifestPlace());
        files.require(GRAPH, LICENCE, CARD);
        ModelPackage opened = new ModelPackage(files, manifest);
        if (opened.sizeBytes() < HASHED_ON_OPEN_BYTES) {
            opened.verify();
        }
        return opened;
    }

    /**
     * Reads every file and compares the digest with the manifest's.
     *
     * @throws ScoringException MODEL_PACKAGE_INVALID if they differ, IO_FAILED if a file cannot be read
     */
    public void verify() {
        files.verify(manifest.digest());
    }

    /** @return size of all files but the manifest */
    public long sizeBytes() {
        return files.sizeBytes();
    }

    public Manifest manifest() {
        return manifest;
    }

    /** @return where the parts lie */
    public Path directory() {
        return files.directory();
    }

    /** @return path of {@code model.onnx}; its weights lie beside it */
    public Path graph() {
        return directory().resolve(GRAPH);
    }

    /** Removes what was unpacked, if anything; idempotent. */
    @Override
    public void close() {
        files.close();
    }

    @Override
    public String toString() {
        return manifest.ref() + " in " + directory();
    }
}
