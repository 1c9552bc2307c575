package org.loupe.ingest;

import java.nio.file.Path;
import org.loupe.testkit.AbstractRepositoryContract;
import org.loupe.testkit.RepositoryUnderTest;

/** The contract on the smallest library there is. */
class InMemoryRepositoryContractTest extends AbstractRepositoryContract {
    @Override
    protected RepositoryUnderTest open(Path directory) {
        return new InMemoryRepository();
    }
}
