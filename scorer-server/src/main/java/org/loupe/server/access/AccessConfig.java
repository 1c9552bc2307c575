package org.loupe.server.access;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.loupe.config.ConfigProblems;
import org.loupe.settings.ConfigPrefix;
import org.loupe.settings.Doc;

/**
 * How callers prove who they are and how the way is encrypted, on every port.
 *
 * @param token what callers send as bearer token
 * @param tokenFile a file holding the token, for those who keep secrets out of settings
 * @param certificate PEM file of the server's certificate chain
 * @param key PEM file of its private key, PKCS#8
 * @param clientAuthorities PEM file of the authorities whose clients may connect; switches mutual TLS on
 */
@ConfigPrefix("access")
public record AccessConfig(
        @Doc("Bearer token callers must send, at least 16 printable characters; by default none is asked for")
        Optional<String> token,

        @Doc("File holding the bearer token in its first line, instead of access.token")
        Optional<Path> tokenFile,

        @Doc("PEM file of the server's certificate chain; together with access.key switches TLS on")
        Optional<Path> certificate,

        @Doc("PEM file of the server's private key (PKCS#8)")
        Optional<Path> key,

        @Doc("PEM file of authorities; clients must show a certificate one of them signed (mutual TLS)")
        Optional<Path> clientAuthorities) {
    public static final AccessConfig DEFAULT =
            new AccessConfig(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** Shorter ones can be guessed. */
    static final int SHORTEST_TOKEN = 16;

    public AccessConfig {
        ConfigProblems problems = new ConfigProblems();
        problems.check(
                token.isEmpty() || Token.isUsable(token.get()),
                "access.token must be at least %s printable ASCII characters without spaces",
                SHORTEST_TOKEN);
        problems.check(
                token.isEmpty() || tokenFile.isEmpty(),
                "access.token and access.token-file must not be given together");
        problems.check(
                certificate.isPresent() == key.isPresent(), "access.certificate and access.key must be given together");
        problems.check(
                clientAuthorities.isEmpty() || certificate.isPresent(),
                "access.client-authorities needs access.certificate and access.key");
        readable(problems, "access.token-file", tokenFile);
        readable(problems, "access.certificate", certificate);
        readable(problems, "access.key", key);
        readable(problems, "access.client-authorities", clientAuthorities);
        problems.throwIfAny();
    }

    private static void readable(ConfigProblems problems, String key, Optional<Path> file) {
        problems.check(
                file.isEmpty() || Files.isReadable(file.get()),
                "%s names a file that cannot be read: %s",
                key,
                file.orElse(Path.of("")));
    }

    /** @return whether the way to a caller is encrypted */
    public boolean tls() {
        return certificate.isPresent();
    }

    /** @return whether a caller has to prove who it is */
    public boolean provesIdentity() {
        return token.isPresent() || tokenFile.isPresent() || clientAuthorities.isPresent();
    }

    /** The token stays out of logs. */
    @Override
    public String toString() {
        return "AccessConfig[token=" + (token.isPresent() || tokenFile.isPresent() ? "given" : "none") + ", tls="
                + tls() + ", mutual=" + clientAuthorities.isPresent() + "]";
    }
}
