package org.loupe.client;

import java.util.List;
import java.util.Optional;
import org.loupe.score.AdapterRef;
import org.loupe.score.ModelRef;

/**
 * Changes the models of one server while it answers. Nothing is repeated by itself: an operator wants to see what happened. Every method
 * throws a {@link org.loupe.score.ScoringException} with the server's reason, NOT_ALLOWED among them where the server's settings forbid it;
 * SERVER_UNAVAILABLE if it cannot be reached; DEADLINE_EXCEEDED when the configured deadline passed, after which the change goes on at the
 * server. Safe for use by many threads.
 */
public interface ModelAdministration extends AutoCloseable {
    /**
     * @param config names exactly one server; its deadline bounds a whole load
     * @throws IllegalArgumentException if it names several
     */
    static ModelAdministration connect(ClientConfig config) {
        return GrpcModelAdministration.connect(config);
    }

    /** @return every model, the default first; those that are loading or leaving too */
    List<ModelInfo> list();

    /**
     * What loading a model changed.
     *
     * @param model the model, ready
     * @param unloaded what went for it
     * @param drainedFirst whether it had to go before the new one could be loaded, so that there was a gap
     * @param cutOff requests that were unanswered when the server's drain time had passed
     */
    record Loaded(ModelInfo model, List<ModelRef> unloaded, boolean drainedFirst, int cutOff) {
        public Loaded {
            unloaded = List.copyOf(unloaded);
        }
    }

    /**
     * Loads a model and waits until it is ready.
     *
     * @param model a bundled name or one in the server's store; a path on the server where it allows that
     * @param alias to point to it then; empty for none
     * @param replace whether it takes the place of what the alias points to, or, without such an alias, of the versions of its name
     */
    Loaded load(String model, String alias, boolean replace);

    /**
     * What unloading did.
     *
     * @param model which it was
     * @param cutOff requests that were unanswered when the server's drain time had passed
     */
    record Unloaded(ModelRef model, int cutOff) {}

    /** Unloads a model and waits until it is gone. */
    Unloaded unload(String model);

    /**
     * What an alias points to.
     *
     * @param now empty if it was removed
     * @param before empty if it is new
     */
    record Aliased(Optional<ModelRef> now, Optional<ModelRef> before) {}

    /** @param target a name, {@code name/version} or another alias; empty removes the alias */
    Aliased alias(String alias, String target);

    /**
     * What loading an adapter did.
     *
     * @param adapter which it was
     * @param model what it is loaded on
     */
    record Adapted(AdapterRef adapter, ModelRef model) {}

    /**
     * Loads a taste adapter onto a model.
     *
     * @param adapter a name in the server's store; a path on the server where it allows that
     * @param model empty for the default model
     */
    Adapted loadAdapter(String adapter, String model);

    /**
     * Takes a taste adapter off a model.
     *
     * @param model empty for the default model
     */
    AdapterRef unloadAdapter(String adapter, String model);

    /** Disconnects. */
    @Override
    void close();
}
