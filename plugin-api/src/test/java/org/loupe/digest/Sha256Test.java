package org.loupe.digest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Sha256Test {
    /** FIPS 180-2, appendix B. */
    private static final String OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    private static final String OF_A_MILLION_A = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

    @Test
    void givesThePublishedDigests(@TempDir Path directory) throws IOException {
        assertThat(Sha256.hex("abc")).isEqualTo(OF_ABC);
        assertThat(Sha256.hex("abc".getBytes(StandardCharsets.UTF_8))).isEqualTo(OF_ABC);
        Path file = Files.writeString(directory.resolve("a"), "a".repeat(1_000_000));
        assertThat(Sha256.hex(file)).isEqualTo(OF_A_MILLION_A);
    }

    @Test
    void everyoneGetsADigestOfHisOwn() {
        Sha256.algorithm().update(new byte[3]);
        assertThat(Sha256.hex("abc")).isEqualTo(OF_ABC);
    }
}
