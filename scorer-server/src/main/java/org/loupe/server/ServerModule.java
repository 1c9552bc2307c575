package org.loupe.server;

import com.google.inject.AbstractModule;
import com.google.inject.Injector;
import java.util.Optional;
import org.loupe.batch.BatchModule;
import org.loupe.decode.DecodeModule;
import org.loupe.engine.EngineModule;
import org.loupe.modelpackage.ModelModule;
import org.loupe.scoring.CloseStack;
import org.loupe.scoring.Models;
import org.loupe.scoring.ScoringModule;
import org.loupe.server.access.AccessModule;
import org.loupe.server.config.ServerConfig;
import org.loupe.server.grpc.GrpcModule;
import org.loupe.server.grpc.GrpcPort;
import org.loupe.server.http.HttpModule;
import org.loupe.server.http.HttpService;
import org.loupe.server.metrics.MetricsModule;

/** Lists the modules of a server, one a feature. */
final class ServerModule extends AbstractModule {
    private final ServerConfig config;
    private final CloseStack resources;

    private ServerModule(ServerConfig config, CloseStack resources) {
        this.config = config;
        this.resources = resources;
    }

    static LoupeServer start(ServerConfig config) {
        CloseStack resources = new CloseStack();
        try {
            Injector injector = ScoringModule.injector(new ServerModule(config, resources));
            Optional<String> http = config.http().enabled()
                    ? Optional.of(injector.getInstance(HttpService.class).target())
                    : Optional.empty();
            int grpcPort = injector.getInstance(GrpcPort.class).port();
            return new LoupeServer(config, injector.getInstance(Models.class), grpcPort, http, resources);
        } catch (RuntimeException e) {
            resources.close();
            throw e;
        }
    }

    @Override
    protected void configure() {

        bind(CloseStack.class).toInstance(resources);
        install(new ModelModule(config.model()));
        install(new DecodeModule(config.decode()));
        install(new EngineModule(config.engine()));
        install(new BatchModule(config.batching()));
        install(new ScoringModule(config.scoring()));
        install(new AccessModule(config.access()));
        install(new MetricsModule());
        if (config.http().enabled()) {
            install(new HttpModule(config.http()));
        }
        install(new GrpcModule(config.grpc()));
    }
}
