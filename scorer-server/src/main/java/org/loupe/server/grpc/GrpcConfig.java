package org.loupe.server.grpc;

import java.time.Duration;
import org.loupe.config.ConfigProblems;
import org.loupe.settings.ConfigPrefix;
import org.loupe.settings.Doc;

/**
 * The gRPC port.
 *
 * @param bind address to listen on
 * @param port 0 picks a free one
 * @param maxUploadBytes largest medium taken in chunks
 * @param maxUploads uploads at the same time
 * @param streamInFlight unanswered requests of one stream
 * @param maxCallsPerConnection calls of one connection at the same time
 * @param grace longest wait for calls under way when stopping
 */
@ConfigPrefix("grpc")
public record GrpcConfig(
        @Doc("Address to listen on; anything but loopback needs TLS and a token or mutual TLS")
        String bind,

        @Doc("Port, 0..65535; 0 picks a free one") int port,

        @Doc("Largest medium taken in chunks, spooled to a private temporary file")
        long maxUploadBytes,

        @Doc("Uploads at the same time, 1..1024; bounds the temporary space together with the size")
        int maxUploads,

        @Doc("Unanswered requests of one stream, 1..256; more are not read from the connection")
        int streamInFlight,

        @Doc("Calls of one connection at the same time, 1..10000; each may hold a photo of 32 MiB")
        int maxCallsPerConnection,

        @Doc("Longest wait for calls under way when stopping, 0s..1h")
        Duration grace) {
    public static final GrpcConfig DEFAULT =
            new GrpcConfig("127.0.0.1", 7431, 4L << 30, 8, 8, 64, Duration.ofSeconds(30));

    /** What {@code loupe.v1} promises for one message, and room for its other fields. */
    static final int LARGEST_CONTENT_BYTES = 32 << 20;

    static final int LARGEST_MESSAGE_BYTES = LARGEST_CONTENT_BYTES + (64 << 10);

    public GrpcConfig {
        new ConfigProblems()
                .check(!bind.isBlank(), "grpc.bind must name an address")
                .check(port >= 0 && port <= 65535, "grpc.port must be 0..65535, was %s", port)
                .check(
                        maxUploadBytes >= LARGEST_CONTENT_BYTES,
                        "grpc.max-upload-bytes must be at least 32MiB, was %s",
                        maxUploadBytes)
                .check(maxUploads >= 1 && maxUploads <= 1024, "grpc.max-uploads must be 1..1024, was %s", maxUploads)
                .check(
                        streamInFlight >= 1 && streamInFlight <= 256,
                        "grpc.stream-in-flight must be 1..256, was %s",
                        streamInFlight)
                .check(
                        maxCallsPerConnection >= 1 && maxCallsPerConnection <= 10_000,
                        "grpc.max-calls-per-connection must be 1..10000, was %s",
                        maxCallsPerConnection)
                .check(
                        !grace.isNegative() && grace.compareTo(Duration.ofHours(1)) <= 0,
                        "grpc.grace must be 0s..1h, was %s",
                        grace)
                .throwIfAny();
    }
}
