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
 * Writes one package so that nobody ever sees half of it: the parts go to a hidden directory beside the target, {@link #finish} adds
 * the manifest and moves everything into place in one step. Closing without finishing removes the parts. For one thread.
 *
 * <pre>{@code
 * try (ModelPackageWriter writer = ModelPackageWriter.to(target)) {
 *     graph.write(writer.directory());       // model.onnx, model.onnx.data; also put LICENSE and MODEL_CARD.md there
 *     ModelPackage written = writer.finish(manifest);
 * }
 * }</pre>
 */
public final class ModelPackageWriter implements AutoCloseable {
    private static final String NO_DIGEST_YET = "0".repeat(64);

    private final Path target;
    private final Path staging;

    private ModelPackageWriter(Path target, Path staging) {
        this.target = target;
        this.staging = staging;
    }

    /**
     * @param target the package directory to come; must not exist or be an empty directory; missing parents are made
     * @throws ScoringException INVALID_REQUEST if something is there already, IO_FAILED if the place cannot be written
     */
    public static ModelPackageWriter to(Path target) {
        Path absolute = target.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        if (parent == null) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, "a model package cannot be the root directory");
        }
        try {
            Files.createDirectories(parent);
            if (Files.exists(absolute) && !emptyDirectory(absolute)) {
                throw new ScoringException(
                        ErrorReason.INVALID_REQUEST,
                        target + " exists already; packages are never changed, choose another version or place");
            }
            return new ModelPackageWriter(
                    absolute,
                    // not createTempDirectory, whose owner-only mode the finished package would keep
                    Files.createDirectory(parent.resolve(".writing-" + UUID.randomUUID())));
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    /** @return where the caller puts model.onnx, model.onnx.data, LICENSE and MODEL_CARD.md before {@link #finish} */
    public Path directory() {
        return staging;
    }

    /**
     * Computes the digest, writes {@code model.json}, flushes all files to disk and moves the package into place.
     *
     * @param manifest its digest is ignored and replaced
     * @return the package, opened from its final place
     * @throws ScoringException MODEL_PACKAGE_INVALID if the manifest breaks a rule or a part is missing, IO_FAILED if it cannot be
     *     written
     */
    public ModelPackage finish(Manifest manifest) {
        ManifestJson.write(
                manifest.withDigest(NO_DIGEST_YET)); // rules first: hashing gigabytes for a wrong name would be unkind
        try {
            byte[] json = ManifestJson.write(manifest.withDigest(PackageDigest.of(staging)));
            Files.write(staging.resolve(ModelPackage.MANIFEST), json);
            force(staging.resolve(ModelPackage.MANIFEST));
            for (Path file : PackageDigest.files(staging)) {
                force(file);
            }
            ModelPackage.open(staging).close(); // a package that would not open must not appear
            move();
        } catch (IOException e) {
            throw unwritable(target, e);
        }
        return ModelPackage.open(target);
    }

    private void move() throws IOException {
        try {
            Files.deleteIfExists(target); // an empty directory at most, see to()
            Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
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
            ScratchDirectory.delete(staging);
        } catch (IOException e) {
            throw unwritable(staging, e);
        }
    }

    private static ScoringException unwritable(Path place, IOException cause) {
        return new ScoringException(
                ErrorReason.IO_FAILED, "the model package " + place + " cannot be written: " + cause, cause);
    }
}
