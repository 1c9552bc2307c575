package org.loupe.score;

/**
 * Which model gave a score.
 *
 * @param name for instance {@code loupe-small}
 * @param version for instance {@code 1}
 * @param digest SHA-256 over the package's files, lower-case hexadecimal
 */
public record ModelRef(String name, String version, String digest) {
    @Override
    public String toString() {
        return name + "/" + version;
    }
}
