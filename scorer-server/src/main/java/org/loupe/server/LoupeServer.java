package org.loupe.server;

import java.util.Optional;
import org.loupe.scoring.CloseStack;
import org.loupe.scoring.Models;
import org.loupe.server.config.ServerConfig;

/** A running server. Safe for use by many threads. */
public final class LoupeServer implements AutoCloseable {
    private final ServerConfig config;
    private final Models models;
    private final int grpcPort;
    private final Optional<String> http;
    private final CloseStack resources;

    LoupeServer(ServerConfig config, Models models, int grpcPort, Optional<String> http, CloseStack resources) {
        this.config = config;
        this.models = models;
        this.grpcPort = grpcPort;
        this.http = http;
        this.resources = resources;
    }

    /**
     * Loads the models and opens the ports.
     *
     * @throws org.loupe.score.ScoringException MODEL_NOT_FOUND or MODEL_PACKAGE_INVALID for a model, IO_FAILED for a port
     */
    public static LoupeServer start(ServerConfig config) {
        return ServerModule.start(config);
    }

    /** @return {@code host:port} of gRPC as it was bound */
    public String grpcAddress() {
        return hostAndPort(config.grpc().bind(), grpcPort);
    }

    /** @return {@code host:port} of HTTP as it was bound, if it is served */
    public Optional<String> httpAddress() {
        return http;
    }

    /** @return the models that answer */
    public Models models() {
        return models;
    }

    private static String hostAndPort(String host, int port) {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    /** Drains: no new calls, those under way are answered as long as the grace allows, then everything is freed. Idempotent. */
    @Override
    public void close() {
        resources.close();
    }
}
