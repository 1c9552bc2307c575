package org.loupe.ingest;

import java.io.IOException;
import java.util.Optional;
import org.loupe.client.MediaContent;

/**
 * Where the original bytes of an asset are: the file as it was uploaded, never a rendition. Asked by id and not given content, so that an
 * asset accepted before a crash can still be scored after it. Safe for use by many threads.
 */
public interface AssetSource {
    /**
     * @param assetId an id the pipeline was given
     * @return the original bytes, or nothing if the asset no longer exists, which makes the pipeline forget it
     * @throws IOException if the asset may exist but cannot be read now; tried again later
     */
    Optional<MediaContent> open(String assetId) throws IOException;
}
