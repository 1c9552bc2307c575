package org.loupe.hub;

import java.util.List;
import java.util.Optional;

/**
 * What a hub says about one revision of a repository.
 *
 * @param id such as q-future/one-align
 * @param commit hash the revision means now; everything is fetched by it, so that a branch that moves cannot mix two versions
 * @param licence identifier the repository states; empty if it states none
 * @param licenceUrl where its text is, if stated
 * @param files everything in it
 */
record HubRepository(
        String id, String commit, Optional<String> licence, Optional<String> licenceUrl, List<HubFile> files) {
    HubRepository {
        files = List.copyOf(files);
    }
}
