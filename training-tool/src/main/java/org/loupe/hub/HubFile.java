package org.loupe.hub;

import java.util.Locale;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * One file of a repository.
 *
 * @param path relative, with forward slashes, checked to stay below the folder it is put in
 * @param sizeBytes exact
 * @param digest what its bytes must have
 */
record HubFile(String path, long sizeBytes, Digest digest) {
    /** How the hub knows a file's content: large files by their SHA-256, small ones as git does. */
    enum Kind {
        SHA_256,
        /** SHA-1 over {@code blob <size>\0} and the content. */
        GIT_BLOB
    }

    /**
     * A content digest.
     *
     * @param hex lower case
     */
    record Digest(Kind kind, String hex) {
        Digest {
            int digits = kind == Kind.SHA_256 ? 64 : 40;
            if (!hex.matches("[0-9a-f]{" + digits + "}")) {
                throw invalid("the hub gives '" + hex + "' as a digest");
            }
        }
    }

    HubFile {
        requireSafe(path);
        if (sizeBytes < 0) {
            throw invalid("the hub gives " + path + " a size of " + sizeBytes);
        }
    }

    /** A hub may be anybody's: no name it sends may leave the folder, on any system. */
    private static void requireSafe(String path) {
        boolean safe = !path.isEmpty() && path.length() <= 512 && path.chars().noneMatch(c -> c < 32 || c == 127);
        for (String part : path.split("/", -1)) {
            safe &= !part.isEmpty() && !part.equals(".") && !part.equals("..");
        }
        if (!safe || path.indexOf('\\') >= 0 || path.indexOf(':') >= 0) {
            throw invalid("the hub names a file '" + path.replaceAll("\\p{Cntrl}", "?") + "', which is refused");
        }
    }

    static ScoringException invalid(String message) {
        return new ScoringException(ErrorReason.CHECKPOINT_INVALID, message);
    }

    String name() {
        return path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    }

    boolean atTop() {
        return path.indexOf('/') < 0;
    }
}
