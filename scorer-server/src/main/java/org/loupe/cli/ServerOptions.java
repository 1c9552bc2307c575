package org.loupe.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.loupe.client.ClientConfig;
import org.loupe.client.ModelAdministration;
import picocli.CommandLine;

/** Which server, and how to get there; the token comes from the environment, where others do not see it. */
final class ServerOptions {
    /** The environment variable with the token. */
    static final String TOKEN = "LOUPE_TOKEN";
    /** The largest models are read from slow disks in some minutes, and what they replace is drained before. */
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    @CommandLine.Option(
            names = "--server",
            required = true,
            paramLabel = "HOST:PORT",
            description = "the server; its token, if it wants one, is taken from LOUPE_TOKEN")
    private String server;

    @CommandLine.Option(names = "--tls", description = "encrypt the way to the server")
    private boolean tls;

    @CommandLine.Option(
            names = "--trust",
            paramLabel = "PEM",
            description = "authorities that sign the server's certificate (default: those Java trusts)")
    private @Nullable Path trust;

    ModelAdministration connect() {
        ClientConfig config = ClientConfig.of(server).withDeadline(PATIENCE);
        if (tls) {
            config = config.withTls(Optional.ofNullable(trust));
        }
        String token = System.getenv(TOKEN);
        return ModelAdministration.connect(token == null ? config : config.withToken(token));
    }
}
