package org.loupe.server.access;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/** Nothing but loopback is served in the open. */
public final class BindRule {
    private BindRule() {}

    /**
     * @param key the setting that names the address, for the message
     * @param address host name or address to listen on
     * @return what is wrong with listening there and how to put it right, or nothing
     */
    public static Optional<String> problem(String key, String address, AccessConfig access) {
        InetAddress resolved;
        try {
            resolved = InetAddress.getByName(address);
        } catch (UnknownHostException e) {
            return Optional.of(key + " names no address of this machine: " + address);
        }
        if (resolved.isLoopbackAddress() || (access.tls() && access.provesIdentity())) {
            return Optional.empty();
        }
        return Optional.of(
                key + " = " + address
                        + " would serve the network, which needs TLS and proof of identity: set access.certificate"
                        + " and access.key, and access.token-file (or access.client-authorities for mutual TLS); or listen on 127.0.0.1");
    }
}
