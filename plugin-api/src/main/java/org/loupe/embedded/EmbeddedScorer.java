package org.loupe.embedded;

import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * A scoring server in the caller's process, reached over gRPC on loopback like any other. Implemented by scorer-server, found by
 * {@link ServiceLoader}.
 */
public interface EmbeddedScorer {
    /**
     * Starts a server on a free loopback port.
     *
     * @param settings server configuration keys to override, such as {@code model.default}; empty for the defaults
     * @return the running server; the caller closes it, which drains it
     */
    Running start(Map<String, String> settings);

    /** A running server. */
    interface Running extends AutoCloseable {
        /** @return {@code host:port} for a gRPC client, plain text */
        String target();

        /** Drains and stops; returns when the last answer is out. */
        @Override
        void close();
    }

    /** @return the implementation on the class path, or nothing when this adapter runs without the server's module */
    static Optional<EmbeddedScorer> find() {
        return ServiceLoader.load(EmbeddedScorer.class).findFirst();
    }
}
