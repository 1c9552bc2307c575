package org.loupe.server.grpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.PrivateModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import org.loupe.scoring.CloseStack;
import org.loupe.scoring.Models;
import org.loupe.scoring.Scoring;
import org.loupe.server.access.AccessConfig;

/** Serves {@code loupe.v1}. Needs {@link Scoring} and {@link Models}; exposes only {@link GrpcPort}. */
public final class GrpcModule extends PrivateModule {
    private final GrpcConfig config;
    private final AccessConfig access;

    public GrpcModule(GrpcConfig config, AccessConfig access) {
        this.config = requireNonNull(config, "config");
        this.access = requireNonNull(access, "access");
    }

    @Override
    protected void configure() {
        expose(GrpcPort.class);
    }

    @Provides
    @Singleton
    GrpcPort port(Scoring scoring, Models models, CloseStack resources) {
        return resources.push(GrpcPort.open(scoring, models, config, access));
    }
}
