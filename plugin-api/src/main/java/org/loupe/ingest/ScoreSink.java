package org.loupe.ingest;

import java.io.IOException;
import java.util.Optional;
import org.loupe.metadata.ScoreFields;

/** Where scores are written. Safe for use by many threads; calls for one asset never overlap. */
public interface ScoreSink {
    /**
     * What is written for an asset at present. Decides whether an asset is scored again, so it reads what the library really holds: a
     * person may have removed it.
     *
     * @return nothing if no complete score is there
     * @throws IOException if the library cannot be read now; tried again later
     */
    Optional<ScoreStamp> stamp(String assetId) throws IOException;

    /**
     * Writes all fields or none and replaces earlier ones. May be repeated with the same fields after a crash. Afterwards
     * {@link #stamp} returns them.
     *
     * @throws IOException if nothing could be written; tried again later
     */
    void write(String assetId, ScoreFields fields) throws IOException;
}
