package org.loupe.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Server;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.proto.v1.ListModelsRequest;
import org.loupe.proto.v1.ListModelsResponse;
import org.loupe.proto.v1.ModelServiceGrpc;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.testkit.Certificates;

/** Against a server with a certificate made for this test by the JDK's keytool. */
@SuppressWarnings("NullAway.Init") // opened before each test
class TlsTest {
    @TempDir
    Path folder;

    private Path certificate;
    private Server server;

    @BeforeEach
    void start() throws Exception {
        Certificates made = Certificates.make(folder, "server");
        certificate = made.certificate();
        server = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        TlsServerCredentials.create(
                                certificate.toFile(), made.key().toFile()))
                .addService(new ModelServiceGrpc.ModelServiceImplBase() {
                    @Override
                    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> observer) {
                        observer.onNext(ListModelsResponse.getDefaultInstance());
                        observer.onCompleted();
                    }
                })
                .build()
                .start();
    }

    @AfterEach
    void stop() {
        server.shutdownNow();
    }

    @Test
    void talksToAServerItWasToldToTrust() {
        try (ScoringClient client = client(Optional.of(certificate))) {
            assertThat(client.models()).isEmpty();
        }
    }

    @Test
    void refusesAServerNobodyVouchesFor() {
        try (ScoringClient client = client(Optional.empty())) {
            assertThatThrownBy(client::models)
                    .isInstanceOfSatisfying(ScoringException.class, e -> assertThat(e.reason())
                            .isEqualTo(ErrorReason.SERVER_UNAVAILABLE));
        }
    }

    private ScoringClient client(Optional<Path> authorities) {
        return ScoringClient.connect(ClientConfig.of("localhost:" + server.getPort())
                .withTls(authorities)
                .withToken("secret")
                .withRetries(1, Duration.ofMillis(1), Duration.ofMillis(1)));
    }
}
