package org.loupe.client;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.loupe.config.ConfigProblems;

/**
 * Which servers, how to prove who we are, and how patient to be.
 *
 * @param servers 1 to 64 servers as {@code host:port} ({@code [::1]:port} for IPv6), each once; calls go round among them
 * @param tls whether to encrypt; needed for a token to any server that is not on this machine
 * @param trustedCertificates PEM file of the authorities that sign the servers' certificates; default: those the Java runtime trusts
 * @param clientCertificate PEM file of our own certificate chain, for servers that ask for one; default: none
 * @param clientKey PEM file of its PKCS#8 private key; together with the certificate or not at all
 * @param token sent as bearer token with every call; default: none
 * @param deadline most time one score may take, retries and waiting included; 1 ms to 1 h, default 2 min, which a full queue of large
 *     photos on a CPU stays under
 * @param maxAttempts calls made for one score, over all servers, before giving up; 1 to 20, default 5: with the default waits some four
 *     seconds, enough for a restart behind a load balancer, and callers with patience (the ingest journal) retry on their own
 * @param firstBackoff wait before the second round over the servers, doubled each round and shortened at random by up to half, so that
 *     many clients do not come back together; 1 ms to 1 min, default 250 ms
 * @param maxBackoff longest such wait, unless a server asks for more; at least the first, at most 10 min, default 10 s
 */
public record ClientConfig(
        List<String> servers,
        boolean tls,
        Optional<Path> trustedCertificates,
        Optional<Path> clientCertificate,
        Optional<Path> clientKey,
        Optional<String> token,
        Duration deadline,
        int maxAttempts,
        Duration firstBackoff,
        Duration maxBackoff) {

    /** Most servers: each keeps a connection open, and beyond this a load balancer does the job better. */
    public static final int MAX_SERVERS = 64;

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1");

    /** @throws IllegalArgumentException naming everything that is wrong, one a line */
    public ClientConfig {
        servers = List.copyOf(servers);
        ConfigProblems problems = new ConfigProblems();
        problems.check(
                !servers.isEmpty() && servers.size() <= MAX_SERVERS,
                "client.servers must name 1..%s servers, named %s",
                MAX_SERVERS,
                servers.size());
        problems.check(
                new HashSet<>(servers).size() == servers.size(),
                "client.servers must name each server once: %s",
                servers);
        for (String server : servers) {
            Optional<Address> address = Address.parse(server);
            problems.check(
                    address.isPresent(), "client.servers must be host:port with a port in 1..65535, was '%s'", server);
            problems.check(
                    address.isEmpty()
                            || token.isEmpty()
                            || tls
                            || LOOPBACK.contains(address.get().host()),
                    "client.tls must be on to send a token to %s: anyone on the way could read it",
                    server);
        }
        problems.check(
                token.isEmpty() || token.get().matches("[!-~]+"),
                "client.token must be printable ASCII without spaces");
        problems.check(
                tls || (trustedCertificates.isEmpty() && clientCertificate.isEmpty() && clientKey.isEmpty()),
                "client.tls must be on where certificates are given");
        problems.check(
                clientCertificate.isPresent() == clientKey.isPresent(),
                "client.client-certificate and client.client-key must be given together");
        readable(problems, "client.trusted-certificates", trustedCertificates);
        readable(problems, "client.client-certificate", clientCertificate);
        readable(problems, "client.client-key", clientKey);
        within(problems, "client.deadline", deadline, Duration.ofMillis(1), Duration.ofHours(1));
        problems.check(maxAttempts >= 1 && maxAttempts <= 20, "client.max-attempts must be 1..20, was %s", maxAttempts);
        within(problems, "client.first-backoff", firstBackoff, Duration.ofMillis(1), Duration.ofMinutes(1));
        within(problems, "client.max-backoff", maxBackoff, firstBackoff, Duration.ofMinutes(10));
        problems.throwIfAny();
    }

    /** Plain text to one or more servers, everything else at its default. */
    public static ClientConfig of(String... servers) {
        return new ClientConfig(
                List.of(servers),
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Duration.ofMinutes(2),
                5,
                Duration.ofMillis(250),
                Duration.ofSeconds(10));
    }

    /** TLS with the given authorities; empty for those the Java runtime trusts. */
    public ClientConfig withTls(Optional<Path> authorities) {
        return new ClientConfig(
                servers,
                true,
                authorities,
                clientCertificate,
                clientKey,
                token,
                deadline,
                maxAttempts,
                firstBackoff,
                maxBackoff);
    }

    public ClientConfig withToken(String bearerToken) {
        return new ClientConfig(
                servers,
                tls,
                trustedCertificates,
                clientCertificate,
                clientKey,
                Optional.of(bearerToken),
                deadline,
                maxAttempts,
                firstBackoff,
                maxBackoff);
    }

    public ClientConfig withDeadline(Duration other) {
        return new ClientConfig(
                servers,
                tls,
                trustedCertificates,
                clientCertificate,
                clientKey,
                token,
                other,
                maxAttempts,
                firstBackoff,
                maxBackoff);
    }

    /** See {@link #maxAttempts}, {@link #firstBackoff} and {@link #maxBackoff}. */
    public ClientConfig withRetries(int attempts, Duration first, Duration max) {
        return new ClientConfig(
                servers, tls, trustedCertificates, clientCertificate, clientKey, token, deadline, attempts, first, max);
    }

    /** The token stays out of logs. */
    @Override
    public String toString() {
        return "ClientConfig[servers=" + servers + ", tls=" + tls + ", token=" + (token.isPresent() ? "given" : "none")
                + ", deadline=" + deadline + ", maxAttempts=" + maxAttempts + "]";
    }

    private static void readable(ConfigProblems problems, String name, Optional<Path> file) {
        problems.check(file.isEmpty() || Files.isReadable(file.get()), "%s cannot be read: %s", name, file);
    }

    private static void within(ConfigProblems problems, String name, Duration value, Duration least, Duration most) {
        problems.check(
                value.compareTo(least) >= 0 && value.compareTo(most) <= 0,
                "%s must be %s..%s, was %s",
                name,
                least,
                most,
                value);
    }

    /**
     * Where a server listens.
     *
     * @param host name or address, IPv6 without brackets
     * @param port 1..65535
     */
    record Address(String host, int port) {
        /** @return nothing if the text is no {@code host:port} */
        static Optional<Address> parse(String text) {
            int colon = text.lastIndexOf(':');
            if (colon < 1) {
                return Optional.empty();
            }
            String host = text.substring(0, colon);
            boolean bracketed = host.startsWith("[") && host.endsWith("]");
            if (bracketed) {
                host = host.substring(1, host.length() - 1);
            } else if (host.indexOf(':') >= 0) {
                return Optional.empty();
            }
            if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ' || c == '/')) {
                return Optional.empty();
            }
            try {
                int port = Integer.parseInt(text.substring(colon + 1));
                return port >= 1 && port <= 65535 ? Optional.of(new Address(host, port)) : Optional.empty();
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
        }
    }
}
