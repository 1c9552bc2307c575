package org.loupe.hub;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What is to be fetched from where.
 *
 * @param repository such as q-future/one-align
 * @param revision branch, tag or commit
 * @param out folder to be filled; made if it does not exist
 * @param hub where the hub is
 * @param token access token for the hub, empty for none; never logged
 * @param format which weights
 */
record PullRequest(String repository, String revision, Path out, URI hub, Optional<String> token, WeightFormat format) {
    /** The hub everybody uses. */
    static final URI STANDARD_HUB = URI.create("https://huggingface.co");

    PullRequest {
        if (!repository.matches("[A-Za-z0-9][\\w.-]*(/[A-Za-z0-9][\\w.-]*)?") || repository.contains("..")) {
            throw new IllegalArgumentException(
                    "a repository is named like q-future/one-align, not '" + repository + "'");
        }
        if (revision.isBlank() || revision.length() > 200) {
            throw new IllegalArgumentException(
                    "a revision is a branch, a tag or a commit, as in q-future/one-align@main");
        }
        if (hub.getHost() == null || !String.valueOf(hub.getScheme()).matches("https?") || hub.getQuery() != null) {
            throw new IllegalArgumentException("a hub's address is like https://huggingface.co, not '" + hub + "'");
        }
    }

    @Override
    public String toString() {
        return repository + "@" + revision + " of " + hub; // without the token
    }
}
