package org.loupe.score;

/**
 * Which taste adapter gave a score together with its model.
 *
 * @param name for instance {@code house-style}
 * @param version for instance {@code 1}
 * @param digest SHA-256 over the adapter package's files, lower-case hexadecimal
 */
public record AdapterRef(String name, String version, String digest) {
    @Override
    public String toString() {
        return name + "/" + version;
    }
}
