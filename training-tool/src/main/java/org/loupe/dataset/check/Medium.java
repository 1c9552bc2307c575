package org.loupe.dataset.check;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A picture or clip as the server would read it.
 *
 * @param file absolute
 * @param sha256 of its bytes; empty where they cannot be read
 * @param width pixels, 0 where it cannot be decoded
 * @param height likewise
 * @param frames how many a model would look at
 * @param thumbnail of a still, or of one frame of a clip; null where it cannot be decoded
 * @param failure why it cannot be decoded, with its reason; empty where it can
 */
record Medium(
        Path file,
        String sha256,
        int width,
        int height,
        int frames,
        @Nullable Thumbnail thumbnail,
        String failure) {
    boolean readable() {
        return failure.isEmpty();
    }
}
