package org.loupe.scoring;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.loupe.decode.MediaSource;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** SHA-256 of a medium's bytes. */
final class ContentDigest {
    private ContentDigest() {}

    /** @throws ScoringException IO_FAILED if the file cannot be read */
    static String of(MediaSource media) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            if (media instanceof MediaSource.InMemory memory) {
                digest.update(memory.bytes());
            } else if (media instanceof MediaSource.InFile file) {
                byte[] buffer = new byte[1 << 16];
                try (InputStream in = Files.newInputStream(file.file())) {
                    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                        digest.update(buffer, 0, n);
                    }
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "the file cannot be read: " + e.getMessage(), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
