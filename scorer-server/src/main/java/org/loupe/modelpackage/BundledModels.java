package org.loupe.modelpackage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scratch.ScratchDirectory;

/**
 * Packages that travel inside our own jar, unpacked under {@code models/<name>/<version>/}. The resource {@code models/index.txt} lists
 * them, one {@code name/version} a line, newest version of a name last; lines beginning with {@code #} are remarks. Safe for use by
 * many threads.
 */
public final class BundledModels {
    /** The model used when nobody names one. */
    public static final String DEFAULT = "loupe-small";

    private static final List<String> PARTS = List.of(
            ModelPackage.MANIFEST, ModelPackage.GRAPH, ModelPackage.WEIGHTS, ModelPackage.LICENCE, ModelPackage.CARD);

    private final ClassLoader resources;

    /** The models bundled with this product. */
    public BundledModels() {
        this(BundledModels.class.getClassLoader());
    }

    /** @param resources where {@code models/} is looked up */
    public BundledModels(ClassLoader resources) {
        this.resources = resources;
    }

    /** @return {@code name/version} of each bundled package whose files are really there */
    public List<String> list() {
        try (InputStream in = resources.getResourceAsStream("models/index.txt")) {
            if (in == null) {
                return List.of();
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .filter(line -> resources.getResource(resource(line, ModelPackage.MANIFEST)) != null)
                    .toList();
        } catch (IOException e) {
            throw new ScoringException(
                    ErrorReason.IO_FAILED, "the list of bundled models cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * @param reference {@code name} or {@code name/version}
     * @return {@code name/version} of the bundled package meant, the newest where only a name is given
     */
    public Optional<String> find(String reference) {
        return list().stream()
                .filter(entry -> entry.equals(reference) || entry.startsWith(reference + "/"))
                .reduce((older, newer) -> newer);
    }

    /**
     * Unpacks a bundled package to a private temporary directory, which closing the package removes.
     *
     * @param entry one of {@link #list()}
     * @throws ScoringException MODEL_NOT_FOUND if it is not bundled, MODEL_PACKAGE_INVALID if a part is missing
     */
    public ModelPackage open(String entry) {
        if (!list().contains(entry)) {
            throw new ScoringException(ErrorReason.MODEL_NOT_FOUND, "no model " + entry + " is bundled");
        }
        try {
            ScratchDirectory scratch = ScratchDirectory.create("model");
            return ModelPackage.openOwned(scratch, () -> {
                for (String part : PARTS) {
                    copy(entry, part, scratch.path());
                }
                return scratch.path();
            });
        } catch (IOException e) {
            throw new ScoringException(
                    ErrorReason.IO_FAILED, "the bundled model " + entry + " cannot be unpacked: " + e.getMessage(), e);
        }
    }

    /** A part that is not bundled stays away; opening the package tells whether it may. */
    private void copy(String entry, String part, Path target) throws IOException {
        try (InputStream in = resources.getResourceAsStream(resource(entry, part))) {
            if (in != null) {
                Files.copy(in, target.resolve(part));
            }
        }
    }

    private static String resource(String entry, String part) {
        return "models/" + entry + "/" + part;
    }
}
