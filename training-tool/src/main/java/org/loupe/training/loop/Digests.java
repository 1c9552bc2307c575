package org.loupe.training.loop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.loupe.digest.Sha256;

/** SHA-256 in lower-case hexadecimal. */
public final class Digests {
    private Digests() {}

    public static String sha256(byte[] bytes) {
        return Sha256.hex(bytes);
    }

    /** @param text as UTF-8 */
    public static String sha256(String text) {
        return sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    /** @param file of any size */
    public static String sha256(Path file) throws IOException {
        return Sha256.hex(file);
    }

    /** @return the first 16 digits, enough to tell files of one data set apart */
    public static String shortSha256(byte[] bytes) {
        return sha256(bytes).substring(0, 16);
    }
}
