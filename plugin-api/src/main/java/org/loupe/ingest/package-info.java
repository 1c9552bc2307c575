/**
 * From "this asset is there" to "its scores are written": asset ids enter, {@link org.loupe.metadata.ScoreFields} leave through a
 * {@link org.loupe.ingest.ScoreSink}. What was accepted stands in a durable {@link org.loupe.ingest.Journal} until it is written or visibly
 * parked with its reason. Times come from a given clock. The caller owns journal, client, source and sink and closes them after the
 * pipeline. Knows nothing of any media library.
 */
@NullMarked
package org.loupe.ingest;

import org.jspecify.annotations.NullMarked;
