package org.loupe.adapter.folder;

import java.nio.file.Path;
import org.loupe.metadata.ScoreFields;
import org.loupe.score.ErrorReason;

/**
 * Told what happens in a watched folder, for displays and demonstrations. Called on several threads, so it must be quick and safe for
 * them. Paths are absolute and below the folder's real path.
 */
public interface FolderListener {
    /** Hears nothing. */
    FolderListener NONE = new FolderListener() {};

    /** A new or changed file was found and stands in the journal. */
    default void found(Path file) {}

    /** A file's scores are in its sidecar. */
    default void scored(Path file, Path sidecar, ScoreFields fields) {}

    /** A file needed nothing: its sidecar says what it should. */
    default void unchanged(Path file) {}

    /** A try failed, another will follow. */
    default void retrying(Path file, ErrorReason reason, String message) {}

    /** A file was given up; told once for each message. It is tried again when it changes and at the next start. */
    default void parked(Path file, ErrorReason reason, String message) {}

    /** A file or directory is passed by for a reason its owner should know; told once for each. */
    default void refused(Path path, String why) {}

    /** A full sweep has ended. */
    default void swept(FolderReport report) {}
}
