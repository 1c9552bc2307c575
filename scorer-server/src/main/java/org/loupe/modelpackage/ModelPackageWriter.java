package org.loupe.modelpackage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.loupe.score.ScoringException;

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
    private final PackageStaging staging;

    private ModelPackageWriter(PackageStaging staging) {
        this.staging = staging;
    }

    /**
     * @param target the package directory to come; must not exist or be an empty directory; missing parents are made
     * @throws ScoringException INVALID_REQUEST if something is there already, IO_FAILED if the place cannot be written
     */
    public static ModelPackageWriter to(Path target) {
        return new ModelPackageWriter(PackageStaging.beside(target, PackageKind.MODEL));
    }

    /** @return where the caller puts model.onnx, model.onnx.data, LICENSE and MODEL_CARD.md before {@link #finish} */
    public Path directory() {
        return staging.directory();
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
        ManifestJson.write(manifest.withDigest(
                PackageDigest.NONE_YET)); // rules first: hashing gigabytes for a wrong name would be unkind
        try {
            staging.seal(ManifestJson.write(manifest.withDigest(PackageDigest.of(staging.directory()))));
            ModelPackage.open(staging.directory()).close(); // a package that would not open must not appear
            staging.move();
        } catch (IOException e) {
            throw PackageKind.MODEL.unwritable(staging.target(), e);
        }
        return ModelPackage.open(staging.target());
    }

    /**
     * Adds to a finished package's manifest what was measured against fp32; an earlier entry for the same pictures gives way. Nothing a
     * score follows from changes, and so neither does the digest.
     *
     * @param directory the package, not a zip
     * @return the manifest as it stands now
     * @throws ScoringException MODEL_PACKAGE_INVALID if the package or the entry breaks a rule, IO_FAILED if it cannot be written
     */
    public static Manifest record(Path directory, Manifest.Deviation measured) {
        Path place = directory.resolve(ModelPackage.MANIFEST);
        try (ModelPackage opened = ModelPackage.open(directory)) {
            Manifest before = opened.manifest();
            List<Manifest.Deviation> all = new ArrayList<>(before.deviation() == null ? List.of() : before.deviation());
            all.removeIf(entry -> entry.data().equals(measured.data()));
            all.add(measured);
            Manifest after = before.withDeviation(all);
            Path part = directory.resolveSibling(directory.toAbsolutePath().getFileName() + ".manifest.part");
            Files.write(part, ManifestJson.write(after));
            Files.move(part, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return after;
        } catch (IOException e) {
            throw PackageKind.MODEL.unwritable(place, e);
        }
    }

    /** Removes the parts unless they became a package; idempotent. */
    @Override
    public void close() {
        staging.close();
    }
}
