package org.loupe.modelpackage;

import java.io.IOException;
import java.nio.file.Path;
import org.loupe.score.ScoringException;

/**
 * Writes one adapter package so that nobody ever sees half of it, as {@link ModelPackageWriter} does for models. For one thread.
 */
public final class AdapterPackageWriter implements AutoCloseable {
    private final PackageStaging staging;

    private AdapterPackageWriter(PackageStaging staging) {
        this.staging = staging;
    }

    /**
     * @param target the package directory to come; must not exist or be an empty directory; missing parents are made
     * @throws ScoringException INVALID_REQUEST if something is there already, IO_FAILED if the place cannot be written
     */
    public static AdapterPackageWriter to(Path target) {
        return new AdapterPackageWriter(PackageStaging.beside(target, PackageKind.ADAPTER));
    }

    /** @return where the caller puts adapter.onnx_adapter, LICENSE and ADAPTER_CARD.md before {@link #finish} */
    public Path directory() {
        return staging.directory();
    }

    /**
     * Computes the digest, writes {@code adapter.json}, flushes all files to disk and moves the package into place.
     *
     * @param manifest its digest is ignored and replaced
     * @return the package, opened from its final place
     * @throws ScoringException MODEL_PACKAGE_INVALID if the manifest breaks a rule or a part is missing, IO_FAILED if it cannot be
     *     written
     */
    public AdapterPackage finish(AdapterManifest manifest) {
        ManifestJson.write(manifest.withDigest(PackageDigest.NONE_YET));
        try {
            String digest = PackageDigest.of(staging.directory(), PackageKind.ADAPTER);
            staging.seal(ManifestJson.write(manifest.withDigest(digest)));
            AdapterPackage.open(staging.directory()).close(); // a package that would not open must not appear
            staging.move();
        } catch (IOException e) {
            throw PackageKind.ADAPTER.unwritable(staging.target(), e);
        }
        return AdapterPackage.open(staging.target());
    }

    /** Removes the parts unless they became a package; idempotent. */
    @Override
    public void close() {
        staging.close();
    }
}
