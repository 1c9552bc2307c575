package org.loupe.score;

import java.util.Optional;

/**
 * Which model gave a score.
 *
 * @param name for instance {@code loupe-small}
 * @param version for instance {@code 1}
 * @param digest SHA-256 over the package's files, lower-case hexadecimal
 */
public record ModelRef(String name, String version, String digest) {
    /**
     * How metadata names what gave a score, so that a library whose taste adapter changes is scored again.
     *
     * @return this model; with an adapter one whose version is {@code version+adapter/version}
     */
    public ModelRef adaptedBy(Optional<AdapterRef> adapter) {
        return adapter.map(with -> new ModelRef(name, version + "+" + with, digest))
                .orElse(this);
    }

    @Override
    public String toString() {
        return name + "/" + version;
    }
}
