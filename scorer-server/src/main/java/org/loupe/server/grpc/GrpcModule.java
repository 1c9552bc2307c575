package org.loupe.server.grpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.PrivateModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.scoring.CloseStack;
import org.loupe.scoring.Models;
import org.loupe.scoring.Scoring;
import org.loupe.server.access.AccessConfig;
import org.loupe.server.access.Token;

/** Serves {@code loupe.v1}. Needs {@link Scoring}, {@link Models} and who may call; exposes only {@link GrpcPort}. */
public final class GrpcModule extends PrivateModule {
    private final GrpcConfig config;

    public GrpcModule(GrpcConfig config) {
        this.config = requireNonNull(config, "config");
    }

    @Override
    protected void configure() {
        expose(GrpcPort.class);
    }

    @Provides
    @Singleton
    GrpcPort port(
            Scoring scoring, Models models, ModelConfig which, AccessConfig access, Token token, CloseStack resources) {
        return resources.push(GrpcPort.open(scoring, models, which.administration(), config, access, token));
    }
}
