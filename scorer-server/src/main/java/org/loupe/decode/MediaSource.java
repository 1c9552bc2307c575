package org.loupe.decode;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Where the bytes of one photo or video are. A video file is read as it is decoded, a still is read whole. */
public sealed interface MediaSource {
    /** @param bytes the whole medium; not copied, must not change while it is decoded */
    static MediaSource of(byte[] bytes) {
        return new InMemory(bytes);
    }

    /** @param file a readable file; must not change while it is decoded */
    static MediaSource of(Path file) {
        return new InFile(file);
    }

    /**
     * Size of the medium.
     *
     * @throws ScoringException IO_FAILED if the file cannot be read
     */
    long sizeBytes();

    /**
     * The first bytes, enough to tell what the medium is.
     *
     * @param limit most bytes wanted
     * @throws ScoringException IO_FAILED if the file cannot be read
     */
    byte[] head(int limit);

    /**
     * All bytes; for {@link #of(byte[])} the caller's own array.
     *
     * @throws ScoringException IO_FAILED if the file cannot be read
     */
    byte[] readAll();

    /** @param bytes the whole medium */
    record InMemory(byte[] bytes) implements MediaSource {
        @Override
        public long sizeBytes() {
            return bytes.length;
        }

        @Override
        public byte[] head(int limit) {
            return bytes.length <= limit ? bytes : java.util.Arrays.copyOf(bytes, limit);
        }

        @Override
        public byte[] readAll() {
            return bytes;
        }
    }

    /** @param file where the medium lies */
    record InFile(Path file) implements MediaSource {
        @Override
        public long sizeBytes() {
            try {
                return Files.size(file);
            } catch (IOException e) {
                throw unreadable(e);
            }
        }

        @Override
        public byte[] head(int limit) {
            try (InputStream in = Files.newInputStream(file)) {
                return in.readNBytes(limit);
            } catch (IOException e) {
                throw unreadable(e);
            }
        }

        @Override
        public byte[] readAll() {
            try {
                return Files.readAllBytes(file);
            } catch (IOException e) {
                throw unreadable(e);
            }
        }

        private ScoringException unreadable(IOException e) {
            return new ScoringException(ErrorReason.IO_FAILED, "cannot read " + file.getFileName(), e);
        }
    }
}
