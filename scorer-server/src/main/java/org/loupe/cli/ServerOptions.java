package org.loupe.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.loupe.client.ClientConfig;
import picocli.CommandLine;

/** Which server, and how to get there; the token comes from the environment, where others do not see it. */
final class ServerOptions {
    /** The environment variable with the token. */
    private static final String TOKEN = "LOUPE_TOKEN";

    @CommandLine.Option(
            names = "--server",
            paramLabel = "HOST:PORT",
            description = "a running server; its token, if it wants one, is taken from " + TOKEN
                    + "; for scoring may be given several times")
    private @Nullable List<String> servers;

    @CommandLine.Option(names = "--tls", description = "encrypt the way to the server")
    private boolean tls;

    @CommandLine.Option(
            names = "--trust",
            paramLabel = "PEM",
            description = "authorities that sign the server's certificate (default: those Java trusts)")
    private @Nullable Path trust;

    /** @return what was given, or nothing where no server was named */
    Optional<ClientConfig> config() {
        if (servers == null) {
            return Optional.empty();
        }
        ClientConfig config = ClientConfig.of(servers.toArray(String[]::new));
        if (tls) {
            config = config.withTls(Optional.ofNullable(trust));
        }
        String token = System.getenv(TOKEN);
        return Optional.of(token == null ? config : config.withToken(token));
    }
}
