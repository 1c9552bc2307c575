package org.loupe.modelpackage;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * The packages a user keeps: {@code <root>/<name>/<version>/}. Read-only here; importing and training write into it through
 * {@link ModelPackageWriter}. Safe for use by many threads.
 *
 * @param root the store's directory; need not exist
 */
public record ModelStore(Path root) {
    /** The environment variable that moves the store. */
    public static final String ENVIRONMENT = "LOUPE_MODELS";

    /** @return the store named by {@value #ENVIRONMENT}, else {@code ~/.loupe/models} */
    public static ModelStore standard() {
        String configured = System.getenv(ENVIRONMENT);
        return new ModelStore(
                configured == null || configured.isBlank()
                        ? Path.of(System.getProperty("user.home"), ".loupe", "models")
                        : Path.of(configured));
    }

    /**
     * @param name name as in a manifest
     * @param version version as in a manifest
     * @return where a package of that name belongs; it need not exist
     * @throws ScoringException INVALID_REQUEST if a name could lead out of the store
     */
    public Path place(String name, String version) {
        if (!ManifestRules.NAME.matcher(name).matches()
                || !ManifestRules.VERSION.matcher(version).matches()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, "'" + name + "/" + version + "' is no model name and version");
        }
        return root.resolve(name).resolve(version);
    }

    /** @return directories that hold a manifest, by name, then by version, oldest first */
    public List<Path> packages() {
        return StoredPackages.list(root, PackageKind.MODEL);
    }

    /** @return the package of that name and version */
    public Optional<Path> find(String name, String version) {
        return packages().stream()
                .filter(path -> path.equals(root.resolve(name).resolve(version)))
                .findFirst();
    }

    /** @return the newest version of that name */
    public Optional<Path> newest(String name) {
        return packages().stream()
                .filter(path -> root.resolve(name).equals(path.getParent()))
                .reduce((older, newer) -> newer);
    }

    /**
     * Numbers inside versions count as numbers, so that 10 is newer than 9.
     *
     * @return negative if the first is older, 0 if they are equal
     */
    public static int compareVersions(String a, String b) {
        String[] left = a.split("(?<=\\D)(?=\\d)|(?<=\\d)(?=\\D)");
        String[] right = b.split("(?<=\\D)(?=\\d)|(?<=\\d)(?=\\D)");
        for (int i = 0; i < Math.min(left.length, right.length); i++) {
            int order = left[i].matches("\\d{1,18}") && right[i].matches("\\d{1,18}")
                    ? Long.compare(Long.parseLong(left[i]), Long.parseLong(right[i]))
                    : left[i].compareTo(right[i]);
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(left.length, right.length);
    }
}
