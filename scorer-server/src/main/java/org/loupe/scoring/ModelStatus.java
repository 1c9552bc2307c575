package org.loupe.scoring;

import java.util.List;
import org.loupe.modelpackage.Manifest;
import org.loupe.score.AdapterRef;

/**
 * What the server knows about one of its models.
 *
 * @param manifest what it is
 * @param state whether it answers
 * @param aliases other names that lead to it, sorted; {@code default} among them
 * @param adapters what may be asked for on it, by name and version
 */
public record ModelStatus(Manifest manifest, State state, List<String> aliases, List<AdapterRef> adapters) {
    /** Where a model is in its life. */
    public enum State {
        /** Being verified, opened and warmed; takes no requests yet. */
        LOADING,
        /** Answers requests. */
        READY,
        /** Takes no new requests, answers those it has, then goes. */
        DRAINING
    }

    public ModelStatus {
        aliases = List.copyOf(aliases);
        adapters = List.copyOf(adapters);
    }

    /** @return whether it answers requests that name no model */
    public boolean standard() {
        return aliases.contains(Catalogue.DEFAULT);
    }
}
