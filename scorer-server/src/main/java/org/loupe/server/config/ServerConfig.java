package org.loupe.server.config;

import java.util.List;
import org.loupe.batch.BatchConfig;
import org.loupe.config.ConfigProblems;
import org.loupe.decode.DecodeLimits;
import org.loupe.engine.EngineConfig;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.scoring.ScoringConfig;
import org.loupe.server.access.AccessConfig;
import org.loupe.server.access.BindRule;
import org.loupe.server.grpc.GrpcConfig;
import org.loupe.server.http.HttpConfig;

/** Everything a server can be told, one record a package. */
public record ServerConfig(
        GrpcConfig grpc,
        HttpConfig http,
        AccessConfig access,
        ModelConfig model,
        DecodeLimits decode,
        EngineConfig engine,
        BatchConfig batching,
        ScoringConfig scoring) {
    public static final ServerConfig DEFAULT = new ServerConfig(
            GrpcConfig.DEFAULT,
            HttpConfig.DEFAULT,
            AccessConfig.DEFAULT,
            ModelConfig.DEFAULT,
            DecodeLimits.DEFAULT,
            EngineConfig.DEFAULT,
            BatchConfig.DEFAULT,
            ScoringConfig.DEFAULT);

    /** @throws IllegalArgumentException if the gRPC port would serve the network in the open */
    public ServerConfig {
        ConfigProblems problems = new ConfigProblems();
        BindRule.problem("grpc.bind", grpc.bind(), access).ifPresent(problem -> problems.check(false, "%s", problem));
        problems.throwIfAny();
    }

    /** Each section's defaults, in the order they are printed. */
    static List<Record> sections() {
        return List.of(
                DEFAULT.grpc,
                DEFAULT.http,
                DEFAULT.access,
                DEFAULT.model,
                DEFAULT.decode,
                DEFAULT.engine,
                DEFAULT.batching,
                DEFAULT.scoring);
    }
}
