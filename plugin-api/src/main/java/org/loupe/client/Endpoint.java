package org.loupe.client;

import io.grpc.ChannelCredentials;
import io.grpc.ConnectivityState;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** One server and whether it answered lately. Owns its channel. Safe for use by many threads. */
final class Endpoint implements AutoCloseable {
    /** How long a server that could not be reached is asked last. Short: asking it costs one refused connection. */
    private static final long AVOID_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final long NEVER = Long.MIN_VALUE;

    private final String name;
    private final ManagedChannel channel;
    private volatile long failedAtNanos = NEVER;

    Endpoint(String name, ManagedChannel channel) {
        this.name = name;
        this.channel = channel;
    }

    /** @throws ScoringException IO_FAILED if a certificate cannot be read */
    static Endpoint open(String server, ClientConfig config) {
        ClientConfig.Address address = ClientConfig.Address.parse(server).orElseThrow();
        // Retries are counted in one place, ours: gRPC's own would multiply with them.
        ManagedChannel channel = NettyChannelBuilder.forAddress(address.host(), address.port(), credentials(config))
                .disableRetry()
                // A firewall may have forgotten an idle connection; dialling anew costs less than a call into the void.
                .idleTimeout(5, TimeUnit.MINUTES)
                .build();
        return new Endpoint(server, channel);
    }

    private static ChannelCredentials credentials(ClientConfig config) {
        if (!config.tls()) {
            return InsecureChannelCredentials.create();
        }
        TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder();
        try {
            if (config.trustedCertificates().isPresent()) {
                tls.trustManager(config.trustedCertificates().get().toFile());
            }
            if (config.clientCertificate().isPresent() && config.clientKey().isPresent()) {
                tls.keyManager(
                        config.clientCertificate().get().toFile(),
                        config.clientKey().get().toFile());
            }
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot read a certificate: " + e.getMessage(), e);
        }
        return tls.build();
    }

    /** @return the channel, told to dial again at once if it was waiting to */
    ManagedChannel channel() {
        if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            // gRPC waits up to two minutes between dials; how often to try is decided by our own backoff.
            channel.resetConnectBackoff();
        }
        return channel;
    }

    void unreachable() {
        failedAtNanos = System.nanoTime();
        channel.resetConnectBackoff(); // so that the connection can be there when the next attempt comes
    }

    void answered() {
        failedAtNanos = NEVER;
    }

    boolean healthy() {
        long at = failedAtNanos;
        return at == NEVER || System.nanoTime() - at > AVOID_NANOS;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }

    @Override
    public String toString() {
        return name;
    }
}
