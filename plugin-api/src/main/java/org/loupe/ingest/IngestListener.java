package org.loupe.ingest;

import org.loupe.metadata.ScoreFields;
import org.loupe.score.ErrorReason;

/**
 * Told what happens to each asset, for progress bars and logs. Called on the pipeline's threads, so it must be quick and safe for many of
 * them; what it throws is logged and otherwise ignored.
 */
public interface IngestListener {
    /** Hears nothing. */
    IngestListener NONE = new IngestListener() {};

    /** The asset stands in the journal. */
    default void accepted(String assetId) {}

    /** The fields are written. */
    default void written(String assetId, ScoreFields fields) {}

    /** Nothing was to be done: already scored, gone, or not wanted by the policy. */
    default void skipped(String assetId) {}

    /** A try failed, another will follow. */
    default void retrying(String assetId, ErrorReason reason, String message) {}

    /** Given up, see {@link Journal#list}. */
    default void parked(String assetId, ErrorReason reason, String message) {}
}
