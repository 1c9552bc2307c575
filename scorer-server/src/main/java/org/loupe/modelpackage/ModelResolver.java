package org.loupe.modelpackage;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Finds the package a person means by {@code --model}: a directory or zip, a bundled name, or {@code name} or {@code name/version} in
 * the model store, in this order. A plain word that is also a directory here means the model of that name; write {@code ./word} for the
 * directory. Safe for use by many threads.
 */
public final class ModelResolver {
    private final BundledModels bundled;
    private final ModelStore store;

    public ModelResolver(BundledModels bundled, ModelStore store) {
        this.bundled = bundled;
        this.store = store;
    }

    /** @return where names that are not bundled are looked up */
    public ModelStore store() {
        return store;
    }

    /** @return the resolver for the bundled models and the user's own store */
    public static ModelResolver standard() {
        return new ModelResolver(new BundledModels(), ModelStore.standard());
    }

    /**
     * @param reference what the person wrote
     * @return the package; the caller closes it
     * @throws ScoringException MODEL_NOT_FOUND saying what there is instead; MODEL_PACKAGE_INVALID, IO_FAILED from opening it
     */
    public ModelPackage open(String reference) {
        @Nullable Path path = existingPath(reference);
        if (path != null && !isName(reference)) {
            return ModelPackage.open(path);
        }
        Optional<String> entry = bundled.find(reference);
        if (entry.isPresent()) {
            return bundled.open(entry.get());
        }
        Optional<Path> stored = stored(reference);
        if (stored.isPresent()) {
            return ModelPackage.open(stored.get());
        }
        if (path != null) {
            return ModelPackage.open(path);
        }
        throw new ScoringException(ErrorReason.MODEL_NOT_FOUND, "there is no model '" + reference + "': " + known());
    }

    /**
     * As {@link #open}, for callers who must not make this process open any place in the file system.
     *
     * @param reference a bundled name, or {@code name} or {@code name/version} in the store; never a path
     * @throws ScoringException NOT_ALLOWED if it is neither, otherwise as {@link #open}
     */
    public ModelPackage openNamed(String reference) {
        int slash = reference.indexOf('/');
        String name = slash < 0 ? reference : reference.substring(0, slash);
        if (!isName(name)
                || (slash >= 0
                        && !ManifestRules.VERSION
                                .matcher(reference.substring(slash + 1))
                                .matches())) {
            throw new ScoringException(
                    ErrorReason.NOT_ALLOWED,
                    "'" + reference
                            + "' is no name or name/version: this server opens only bundled models and those in its store, "
                            + store.root()
                            + "; put the package there, or let its operator set model.administration=paths");
        }
        Optional<String> entry = bundled.find(reference);
        if (entry.isPresent()) {
            return bundled.open(entry.get());
        }
        return ModelPackage.open(stored(reference)
                .orElseThrow(() -> new ScoringException(
                        ErrorReason.MODEL_NOT_FOUND, "there is no model '" + reference + "': " + known())));
    }

    private Optional<Path> stored(String reference) {
        int slash = reference.indexOf('/');
        if (slash < 0) {
            return store.newest(reference);
        }
        return store.find(reference.substring(0, slash), reference.substring(slash + 1));
    }

    private static boolean isName(String reference) {
        return ManifestRules.NAME.matcher(reference).matches();
    }

    private static @Nullable Path existingPath(String reference) {
        try {
            Path path = Path.of(reference);
            boolean usable = Files.isRegularFile(path) || Files.isRegularFile(path.resolve(ModelPackage.MANIFEST));
            return usable ? path : null;
        } catch (InvalidPathException e) {
            return null; // a name may hold what a path may not
        }
    }

    private String known() {
        List<String> names = new ArrayList<>(bundled.list());
        store.packages()
                .forEach(path ->
                        names.add(store.root().relativize(path).toString().replace(File.separatorChar, '/')));
        return (names.isEmpty()
                        ? "none is bundled and none is in "
                        : "known are " + String.join(", ", names) + "; the store is ")
                + store.root()
                + "; give a package directory or zip, or make one with 'loupe model import' or 'loupe train'";
    }
}
