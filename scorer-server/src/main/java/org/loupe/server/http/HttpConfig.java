package org.loupe.server.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.loupe.config.ConfigProblems;
import org.loupe.settings.ConfigPrefix;
import org.loupe.settings.Doc;

/**
 * Settings of the HTTP port.
 *
 * @param enabled whether there is one
 * @param bind address to listen on
 * @param port port to listen on
 * @param maxMediaBytes largest body taken
 */
@ConfigPrefix("http")
public record HttpConfig(
        @Doc("Whether HTTP is served beside gRPC") boolean enabled,

        @Doc("Address to listen on; loopback only, put a proxy that speaks TLS in front for other machines")
        String bind,

        @Doc("Port, 0..65535; 0 takes a free one") int port,

        @Doc("Largest medium taken over HTTP, 1 byte..16 GiB; spooled to disk, not held in memory")
        long maxMediaBytes) {
    public static final HttpConfig DEFAULT = new HttpConfig(true, "127.0.0.1", 7432, 1L << 30);

    public HttpConfig {
        new ConfigProblems()
                .check(
                        isLoopback(bind),
                        "http.bind must be a loopback address, was '%s': HTTP is not encrypted here; put a proxy that"
                                + " speaks TLS in front, or use gRPC with access.certificate and access.token",
                        bind)
                .check(port >= 0 && port <= 65535, "http.port must be 0..65535, was %s", port)
                .check(
                        maxMediaBytes >= 1 && maxMediaBytes <= 16L << 30,
                        "http.max-media-bytes must be 1..17179869184, was %s",
                        maxMediaBytes)
                .throwIfAny();
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException unknown) {
            return false;
        }
    }
}
