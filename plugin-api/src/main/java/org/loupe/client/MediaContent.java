package org.loupe.client;

import java.nio.file.Path;
import java.util.Optional;

/** The original bytes of one picture or clip, in memory or in a file. */
public sealed interface MediaContent {
    /** @return the file's name without directories, when known; a hint, the bytes decide */
    Optional<String> fileName();

    /**
     * Bytes in memory.
     *
     * @param bytes not copied; must not change until the score is there
     * @param fileName see {@link #fileName()}
     */
    record Bytes(byte[] bytes, Optional<String> fileName) implements MediaContent {}

    /**
     * A file. Read when the score is asked for; large ones are streamed and never held in memory whole.
     *
     * @param path a readable regular file that does not change until the score is there
     */
    record File(Path path) implements MediaContent {
        @Override
        public Optional<String> fileName() {
            return Optional.ofNullable(path.getFileName()).map(Path::toString);
        }
    }

    static MediaContent of(byte[] bytes) {
        return new Bytes(bytes, Optional.empty());
    }

    static MediaContent of(byte[] bytes, String fileName) {
        return new Bytes(bytes, Optional.of(fileName));
    }

    static MediaContent of(Path path) {
        return new File(path);
    }
}
