package org.loupe.server.grpc;

import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.proto.v1.ModelServiceGrpc;
import org.loupe.proto.v1.ScoringServiceGrpc;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scoring.Models;
import org.loupe.scoring.Scoring;
import org.loupe.server.access.AccessConfig;
import org.loupe.server.access.Token;

/** The listening gRPC server. */
public final class GrpcPort implements AutoCloseable {
    /** Handlers translate and spool; this many bound what a burst of uploads may do to the disk at once. */
    private static final int HANDLER_THREADS = 16;
    /** Calls cut off after the grace have this long to say so. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private static final List<String> SERVICES = List.of(
            HealthStatusManager.SERVICE_NAME_ALL_SERVICES,
            ScoringServiceGrpc.SERVICE_NAME,
            ModelServiceGrpc.SERVICE_NAME);

    private final Server server;
    private final HealthStatusManager health;
    private final ExecutorService handlers;
    private final Administration administration;
    private final GrpcConfig config;

    private GrpcPort(
            Server server,
            HealthStatusManager health,
            ExecutorService handlers,
            Administration administration,
            GrpcConfig config) {
        this.server = server;
        this.health = health;
        this.handlers = handlers;
        this.administration = administration;
        this.config = config;
    }

    /** @throws ScoringException IO_FAILED saying why the port cannot be opened */
    static GrpcPort open(
            Scoring scoring,
            Models models,
            ModelConfig.Administration administration,
            GrpcConfig config,
            AccessConfig access,
            Token token) {
        InetSocketAddress address = new InetSocketAddress(config.bind(), config.port());
        NettyServerBuilder builder = NettyServerBuilder.forAddress(address)
                .maxInboundMessageSize(GrpcConfig.LARGEST_MESSAGE_BYTES)
                .maxConcurrentCallsPerConnection(config.maxCallsPerConnection());
        try {
            if (access.tls()) {
                tls(builder, access);
            }
            return start(builder, scoring, models, administration, config, token);
        } catch (IOException e) {
            throw new ScoringException(
                    ErrorReason.IO_FAILED,
                    "the gRPC server cannot listen on " + config.bind() + ":" + config.port() + ": " + rootMessage(e)
                            + "; stop what holds the port or set grpc.port",
                    e);
        }
    }

    /** The same services on any transport. */
    static GrpcPort start(
            ServerBuilder<?> builder,
            Scoring scoring,
            Models models,
            ModelConfig.Administration allowed,
            GrpcConfig config,
            Token token)
            throws IOException {
        HealthStatusManager health = new HealthStatusManager();
        AtomicInteger number = new AtomicInteger();
        ExecutorService handlers = Executors.newFixedThreadPool(HANDLER_THREADS, runnable -> {
            Thread thread = new Thread(runnable, "grpc-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        Administration administration = new Administration(allowed);
        try {
            Server server = builder.executor(handlers)
                    .addService(new GrpcScoringService(scoring, config))
                    .addService(new GrpcModelService(models, administration))
                    .addService(health.getHealthService())
                    .addService(ProtoReflectionServiceV1.newInstance())
                    .intercept(new TokenInterceptor(token))
                    .build()
                    .start();
            SERVICES.forEach(service -> health.setStatus(service, ServingStatus.SERVING));
            return new GrpcPort(server, health, handlers, administration, config);
        } catch (IOException | RuntimeException e) {
            handlers.shutdown();
            administration.close();
            throw e;
        }
    }

    private static void tls(NettyServerBuilder builder, AccessConfig access) throws IOException {
        Path certificate = access.certificate().orElseThrow();
        Path key = access.key().orElseThrow();
        try {
            SslContextBuilder tls = GrpcSslContexts.forServer(certificate.toFile(), key.toFile());
            if (access.clientAuthorities().isPresent()) {
                tls.trustManager(access.clientAuthorities().get().toFile()).clientAuth(ClientAuth.REQUIRE);
            }
            builder.sslContext(tls.build());
        } catch (IllegalArgumentException e) {
            throw new ScoringException(
                    ErrorReason.IO_FAILED,
                    "access.certificate, access.key or access.client-authorities is no usable PEM file: "
                            + rootMessage(e),
                    e);
        }
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    /** @return the port it really listens on */
    public int port() {
        return server.getPort();
    }

    /** Tells probes, takes no new calls, waits for those under way as long as the grace, then cuts them off; idempotent. */
    @Override
    public void close() {
        if (!server.isShutdown()) {
            health.enterTerminalState();
            server.shutdown();
        }
        try {
            if (!server.awaitTermination(config.grace().toNanos(), TimeUnit.NANOSECONDS)) {
                server.shutdownNow();
                server.awaitTermination(LAST_WORDS.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        } finally {
            administration.close();
            handlers.shutdown();
        }
    }
}
