package org.loupe.testkit;

import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;
import org.loupe.ingest.AssetSource;
import org.loupe.ingest.ScoreSink;

/** A media library with an adapter, as {@link AbstractRepositoryContract} sees it. */
public interface RepositoryUnderTest extends AutoCloseable {
    /** @return the adapter's way to original bytes */
    AssetSource source();

    /** @return the adapter's way to write scores */
    ScoreSink sink();

    /**
     * Stores an asset or replaces its bytes, as a user would.
     *
     * @param name a file name such as {@code a.png}
     * @return the asset's id
     */
    String put(String name, byte[] bytes) throws IOException;

    /**
     * Reads what a search would find, past the adapter's own code where the library allows.
     *
     * @return score fields by the names of {@link org.loupe.metadata.ScoreFields}, values as text; empty if the asset has no scores
     */
    Map<String, String> fields(String assetId) throws IOException;

    /** @return the ids of all assets */
    Iterable<String> assetIds() throws IOException;

    /** From now on tells the id of every asset that changes, by the adapter's own writes as well. Once at most. */
    void subscribe(Consumer<String> changed);

    @Override
    void close() throws IOException;
}
