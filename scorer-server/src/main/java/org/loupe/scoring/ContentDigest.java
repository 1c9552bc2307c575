package org.loupe.scoring;

import java.io.IOException;
import org.loupe.decode.MediaSource;
import org.loupe.digest.Sha256;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** SHA-256 of a medium's bytes. */
final class ContentDigest {
    private ContentDigest() {}

    /** @throws ScoringException IO_FAILED if the file cannot be read */
    static String of(MediaSource media) {
        try {
            return media instanceof MediaSource.InFile file
                    ? Sha256.hex(file.file())
                    : Sha256.hex(((MediaSource.InMemory) media).bytes());
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "the file cannot be read: " + e.getMessage(), e);
        }
    }
}
