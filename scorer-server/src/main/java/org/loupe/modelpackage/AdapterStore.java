package org.loupe.modelpackage;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * The adapter packages a user keeps beside the models: {@code <root>/<name>/<version>/adapter.json}. Read-only. Safe for use by many
 * threads.
 *
 * @param root the directory of the model store; need not exist
 */
public record AdapterStore(Path root) {
    /**
     * @param reference {@code name} for the newest version, {@code name/version}, or, with {@code paths}, a directory or zip
     * @param paths whether the reference may be a path
     * @return the package, verified; the caller closes it
     * @throws ScoringException ADAPTER_NOT_FOUND saying which there are; NOT_ALLOWED for a path without {@code paths};
     *     MODEL_PACKAGE_INVALID or IO_FAILED from opening it
     */
    public AdapterPackage open(String reference, boolean paths) {
        int slash = reference.indexOf('/');
        String name = slash < 0 ? reference : reference.substring(0, slash);
        boolean named = ManifestRules.NAME.matcher(name).matches()
                && (slash < 0
                        || ManifestRules.VERSION
                                .matcher(reference.substring(slash + 1))
                                .matches());
        Optional<Path> stored = named ? stored(name, reference) : Optional.empty();
        if (stored.isPresent()) {
            return AdapterPackage.open(stored.get());
        }
        Optional<Path> place = paths ? existing(reference) : Optional.empty();
        if (place.isPresent()) {
            return AdapterPackage.open(place.get());
        }
        if (!named && !paths) {
            throw new ScoringException(
                    ErrorReason.NOT_ALLOWED,
                    "'" + reference + "' is no name or name/version: this server opens only adapters in its store, "
                            + root + "; put the package there, or let its operator set model.administration=paths");
        }
        List<String> known = packages().stream()
                .map(path -> root.relativize(path).toString())
                .toList();
        throw new ScoringException(
                ErrorReason.ADAPTER_NOT_FOUND,
                "there is no adapter '" + reference + "'; the store " + root + " holds "
                        + (known.isEmpty() ? "none" : String.join(", ", known)));
    }

    private static Optional<Path> existing(String reference) {
        try {
            return Optional.of(Path.of(reference)).filter(Files::exists);
        } catch (InvalidPathException e) {
            return Optional.empty(); // a name may hold what a path may not
        }
    }

    private Optional<Path> stored(String name, String reference) {
        return packages().stream()
                .filter(path -> path.equals(root.resolve(reference))
                        || (reference.equals(name) && root.resolve(name).equals(path.getParent())))
                .reduce((older, newer) -> newer);
    }

    /** @return directories that hold an adapter's manifest, by name, then by version, oldest first */
    public List<Path> packages() {
        return StoredPackages.list(root, PackageKind.ADAPTER);
    }
}
