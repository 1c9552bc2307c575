package org.loupe.server;

import java.util.HashMap;
import java.util.Map;
import org.loupe.embedded.EmbeddedScorer;
import org.loupe.server.config.ConfigReader;

/** A server on a free loopback port in the caller's process; HTTP stays off. Found through {@code META-INF/services}. */
public final class EmbeddedServer implements EmbeddedScorer {
    @Override
    public Running start(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.putIfAbsent("grpc.port", "0");
        all.putIfAbsent("http.enabled", "false");
        LoupeServer server = LoupeServer.start(ConfigReader.read(null, Map.of(), all));
        return new Running() {
            @Override
            public String target() {
                return server.grpcAddress();
            }

            @Override
            public void close() {
                server.close();
            }
        };
    }
}
