package org.loupe.modelpackage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * An opened adapter package: one library's taste, fitted to one model package. Immutable and safe for use by many threads. Close it when no
 * engine uses it any more, since engines map its file; that removes what was unpacked and nothing else.
 */
public final class AdapterPackage implements AutoCloseable {
    /** The manifest's file name. */
    public static final String MANIFEST = "adapter.json";
    /** The file of the adapter's tensors, in the runtime's own format. */
    public static final String TENSORS = "adapter.onnx_adapter";
    /** The terms' file name. */
    public static final String LICENCE = "LICENSE";
    /** The card's file name. */
    public static final String CARD = "ADAPTER_CARD.md";

    private final PackageFiles files;
    private final AdapterManifest manifest;

    private AdapterPackage(PackageFiles files, AdapterManifest manifest) {
        this.files = files;
        this.manifest = manifest;
    }

    /**
     * Opens a package: reads and checks the manifest, checks that every part is there, and compares the digest, whatever the size: an
     * adapter is at most some hundred megabytes and may be loaded while it is still being copied.
     *
     * @param location a directory, or a zip of one, which is unpacked to a private temporary directory
     * @throws ScoringException MODEL_NOT_FOUND if nothing is there; MODEL_PACKAGE_INVALID naming everything wrong; IO_FAILED if it
     *     cannot be read
     */
    public static AdapterPackage open(Path location) {
        return PackageFiles.open(location, PackageKind.ADAPTER, AdapterPackage::of);
    }

    private static AdapterPackage of(PackageFiles files) throws IOException {
        AdapterManifest manifest = ManifestJson.readAdapter(files.manifest(), files.manifestPlace());
        files.require(TENSORS, LICENCE, CARD);
        AdapterPackage opened = new AdapterPackage(files, manifest);
        opened.verify();
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

    /**
     * Checks that this adapter was made for a model.
     *
     * @param model manifest of the model it shall run on
     * @throws ScoringException MODEL_PACKAGE_INVALID if its base has another digest or the model does not take one of its inputs
     */
    public void requireFits(Manifest model) {
        if (!manifest.base().digest().equals(model.digest())) {
            throw new ScoringException(
                    ErrorReason.MODEL_PACKAGE_INVALID,
                    "the adapter " + manifest.name() + " " + manifest.version() + " was made for "
                            + manifest.base().words() + ", this model is " + model.name() + " " + model.version()
                            + " (digest " + model.digest().substring(0, 12) + "...); import the adapter again"
                            + " with this model as its base");
        }
        List<String> taken = model.adapterTargets() == null ? List.of() : model.adapterTargets();
        List<String> strange = new ArrayList<>(manifest.inputs());
        strange.removeAll(taken);
        if (!strange.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.MODEL_PACKAGE_INVALID,
                    "the adapter " + manifest.name() + " " + manifest.version() + " fills " + strange.get(0)
                            + (strange.size() > 1 ? " and " + (strange.size() - 1) + " more inputs" : "") + ", which "
                            + model.name() + " " + model.version() + " does not take");
        }
    }

    public AdapterManifest manifest() {
        return manifest;
    }

    /** @return where the parts lie */
    public Path directory() {
        return files.directory();
    }

    /** @return path of the adapter's tensors */
    public Path tensors() {
        return directory().resolve(TENSORS);
    }

    /** @return size of the tensors' file: what a resident adapter takes, mapped */
    public long sizeBytes() {
        try {
            return Files.size(tensors());
        } catch (IOException e) {
            throw PackageKind.ADAPTER.unreadable(directory(), e);
        }
    }

    /** Removes what was unpacked, if anything; idempotent. */
    @Override
    public void close() {
        files.close();
    }

    @Override
    public String toString() {
        return manifest.name() + " " + manifest.version() + " in " + directory();
    }
}
