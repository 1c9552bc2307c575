package org.loupe.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.client.ClientConfig;
import org.loupe.client.MediaContent;
import org.loupe.client.ModelAdministration;
import org.loupe.client.ScoreOptions;
import org.loupe.client.ScoringClient;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scoring.TestPictures;
import org.loupe.scoring.TestScoring;
import org.loupe.server.config.ConfigReader;
import org.loupe.testkit.Certificates;

/** A server for the network: encrypted, and only for those who prove who they are. */
@SuppressWarnings("NullAway.Init") // made before each test
class AccessTest {
    private static final String TOKEN = "0123456789abcdef";

    @TempDir
    private Path folder;

    private Certificates own;

    @BeforeEach
    void make() throws Exception {
        own = Certificates.make(folder, "server");
    }

    @Test
    void overTlsTheTokenOpensScoringAndAdministration() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), TOKEN + "\n");
        try (LoupeServer server = start(Map.of("access.token-file", token.toString()))) {
            ClientConfig trusting = client(server).withTls(Optional.of(own.certificate()));

            assertScores(trusting.withToken(TOKEN));
            try (ModelAdministration models = ModelAdministration.connect(trusting.withToken(TOKEN))) {
                assertThat(models.alias("house", "tiny-align").now()).isPresent();
            }
            assertRefused(ErrorReason.UNAUTHENTICATED, trusting);
            assertRefused(ErrorReason.UNAUTHENTICATED, trusting.withToken("0123456789abcdeX"));
            try (ModelAdministration models = ModelAdministration.connect(trusting)) {
                assertThatThrownBy(() -> models.alias("house", ""))
                        .isInstanceOfSatisfying(ScoringException.class, e -> assertThat(e.reason())
                                .isEqualTo(ErrorReason.UNAUTHENTICATED));
            }
            assertRefused(ErrorReason.SERVER_UNAVAILABLE, client(server)); // plain text
            assertRefused(ErrorReason.SERVER_UNAVAILABLE, client(server).withTls(Optional.empty())); // not vouched for
        }
    }

    @Test
    void mutualTlsAsksTheClientForItsCertificate() throws Exception {
        Certificates known = Certificates.make(folder, "known");
        Certificates stranger = Certificates.make(folder, "stranger");
        try (LoupeServer server =
                start(Map.of("access.client-authorities", known.certificate().toString()))) {
            ClientConfig trusting = client(server).withTls(Optional.of(own.certificate()));

            assertScores(showing(trusting, known));
            assertRefused(ErrorReason.SERVER_UNAVAILABLE, trusting);
            assertRefused(ErrorReason.SERVER_UNAVAILABLE, showing(trusting, stranger));
        }
    }

    @Test
    void aCertificateThatIsNoneIsNamedAtTheStart() throws Exception {
        Path broken = Files.writeString(folder.resolve("broken.pem"), "no certificate");
        assertThatThrownBy(() -> start(Map.of("access.certificate", broken.toString(), "access.token", TOKEN)))
                .isInstanceOfSatisfying(
                        ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.IO_FAILED))
                .hasMessageContaining("access.certificate");
    }

    private LoupeServer start(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "grpc.port",
                "0",
                "http.enabled",
                "false",
                "engine.threads",
                "1",
                "model.default",
                TestScoring.tinyPackage().toString(),
                "access.certificate",
                own.certificate().toString(),
                "access.key",
                own.key().toString()));
        settings.putAll(more);
        return LoupeServer.start(ConfigReader.read(null, Map.of(), settings));
    }

    private static ClientConfig client(LoupeServer server) {
        String address = server.grpcAddress();
        return ClientConfig.of("localhost" + address.substring(address.lastIndexOf(':')))
                .withRetries(1, Duration.ofMillis(1), Duration.ofMillis(1));
    }

    private static ClientConfig showing(ClientConfig config, Certificates mine) {
        return new ClientConfig(
                config.servers(),
                true,
                config.trustedCertificates(),
                Optional.of(mine.certificate()),
                Optional.of(mine.key()),
                config.token(),
                config.deadline(),
                config.maxAttempts(),
                config.firstBackoff(),
                config.maxBackoff());
    }

    private static void assertScores(ClientConfig config) {
        try (ScoringClient client = ScoringClient.connect(config)) {
            assertThat(client.score(MediaContent.of(TestPictures.png(1)), ScoreOptions.DEFAULT)
                            .scores())
                    .hasSize(2);
        }
    }

    private static void assertRefused(ErrorReason reason, ClientConfig config) {
        try (ScoringClient client = ScoringClient.connect(config)) {
            assertThatThrownBy(() -> client.score(MediaContent.of(TestPictures.png(1)), ScoreOptions.DEFAULT))
                    .isInstanceOfSatisfying(
                            ScoringException.class, e -> assertThat(e.reason()).isEqualTo(reason));
        }
    }
}
