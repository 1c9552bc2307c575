package org.loupe.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Server;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
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

/** Against a server with a certificate made for this test by the JDK's keytool. */
@SuppressWarnings("NullAway.Init") // opened before each test
class TlsTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    Path folder;

    private Path certificate;
    private Path key;
    private Server server;

    @BeforeEach
    void start() throws Exception {
        makeCertificate();
        server = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        TlsServerCredentials.create(certificate.toFile(), key.toFile()))
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

    private void makeCertificate() throws Exception {
        Path store = folder.resolve("server.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=dns:localhost",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD),
                        "-keystore",
                        store.toString())
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        certificate = pem("CERTIFICATE", keys.getCertificate("server").getEncoded());
        key = pem("PRIVATE KEY", keys.getKey("server", PASSWORD).getEncoded());
    }

    private Path pem(String kind, byte[] der) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return Files.writeString(
                folder.resolve(kind.replace(' ', '-') + ".pem"),
                "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n",
                StandardCharsets.US_ASCII);
    }
}
