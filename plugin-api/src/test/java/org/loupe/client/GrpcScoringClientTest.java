package org.loupe.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.testkit.FakeScoringService;
import org.loupe.testkit.Pictures;

@SuppressWarnings("NullAway.Init") // JUnit gives the folder
class GrpcScoringClientTest {
    private static final MediaContent PICTURE = MediaContent.of(Pictures.png(1), "a.png");

    private final FakeScoringService service = FakeScoringService.start();

    @TempDir
    Path folder;

    @AfterEach
    void stop() {
        service.close();
    }

    @Test
    void scoresBytesAndFilesAlike() throws IOException {
        Path file = Files.write(folder.resolve("a.png"), Pictures.png(1));
        try (ScoringClient client = service.client()) {
            ScoredMedia ofBytes = client.score(PICTURE, ScoreOptions.DEFAULT);
            assertThat(client.score(MediaContent.of(file), ScoreOptions.DEFAULT))
                    .isEqualTo(ofBytes);
            assertThat(ofBytes.mediaType()).isEqualTo("image/png");
            assertThat(ofBytes.model()).isEqualTo(service.model());
            assertThat(ofBytes.scores()).containsOnlyKeys(Task.QUALITY, Task.AESTHETICS);
        }
    }

    @Test
    void asksOnlyForTheTasksWanted() {
        try (ScoringClient client = service.client()) {
            assertThat(client.score(PICTURE, ScoreOptions.DEFAULT.withTasks(Set.of(Task.AESTHETICS)))
                            .scores())
                    .containsOnlyKeys(Task.AESTHETICS);
        }
    }

    @Test
    void retriesAFullServer() {
        service.overloadNext(2);
        try (ScoringClient client = service.client()) {
            client.score(PICTURE, ScoreOptions.DEFAULT);
        }
        assertThat(service.calls()).isEqualTo(3);
    }

    @Test
    void givesUpAfterTheLastAttempt() {
        service.overloadNext(100);
        try (ScoringClient client = service.client()) {
            assertReason(ErrorReason.OVERLOADED, () -> client.score(PICTURE, ScoreOptions.DEFAULT));
        }
        assertThat(service.calls()).isEqualTo(3);
    }

    @Test
    void neverRepeatsWhatWouldFailAgain() {
        for (ErrorReason reason : List.of(
                ErrorReason.MEDIA_CORRUPT,
                ErrorReason.MODEL_FAILED,
                ErrorReason.INTERNAL,
                ErrorReason.MODEL_NOT_FOUND)) {
            service.failNext(1, reason);
            int before = service.calls();
            try (ScoringClient client = service.client()) {
                assertReason(reason, () -> client.score(PICTURE, ScoreOptions.DEFAULT));
            }
            assertThat(service.calls()).isEqualTo(before + 1);
        }
    }

    @Test
    void goesOnToTheNextServer() throws IOException {
        int closedPort;
        try (ServerSocket socket = new ServerSocket(0)) {
            closedPort = socket.getLocalPort();
        }
        ClientConfig config = ClientConfig.of("127.0.0.1:" + closedPort, service.target());
        try (ScoringClient client = ScoringClient.connect(config)) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.score(PICTURE, ScoreOptions.DEFAULT).frames()).isOne();
            }
        }
    }

    @Test
    void goesRoundAmongServers() {
        try (FakeScoringService other = FakeScoringService.start();
                ScoringClient client = ScoringClient.connect(ClientConfig.of(service.target(), other.target()))) {
            for (int i = 0; i < 6; i++) {
                client.score(PICTURE, ScoreOptions.DEFAULT);
            }
            assertThat(service.calls()).isEqualTo(3);
            assertThat(other.calls()).isEqualTo(3);
        }
    }

    @Test
    void saysWhenNoServerIsThereAndFindsItAgain() {
        try (ScoringClient client = service.client()) {
            client.score(PICTURE, ScoreOptions.DEFAULT);
            service.stop();
            assertReason(ErrorReason.SERVER_UNAVAILABLE, () -> client.score(PICTURE, ScoreOptions.DEFAULT));
        }
        service.restart();
        try (ScoringClient client = service.client()) {
            assertThat(client.score(PICTURE, ScoreOptions.DEFAULT).frames()).isOne();
        }
    }

    @Test
    void uploadsAboveTheInlineLimitAndOnlyThen() throws IOException {
        Path large = folder.resolve("large.tif");
        try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
            file.write(new byte[] {'I', 'I', 42, 0, 8, 0, 0, 0});
            file.setLength(40_000_000);
        }
        try (ScoringClient client = service.client()) {
            ScoredMedia media = client.score(MediaContent.of(large), ScoreOptions.DEFAULT);
            assertThat(media.mediaType()).isEqualTo("image/tiff");
            assertThat(service.uploads()).isOne();
            client.score(PICTURE, ScoreOptions.DEFAULT);
            assertThat(service.uploads()).isOne();
        }
    }

    @Test
    void repeatsAnUploadFromTheBeginning() throws IOException {
        Path large = folder.resolve("large.tif");
        try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
            file.write(new byte[] {'I', 'I', 42, 0, 8, 0, 0, 0});
            file.setLength(ScoringClient.INLINE_BYTES + 1);
        }
        service.overloadNext(1);
        try (ScoringClient client = service.client()) {
            client.score(MediaContent.of(large), ScoreOptions.DEFAULT);
        }
        assertThat(service.uploads()).isEqualTo(2);
        assertThat(service.scored()).hasSize(1);
    }

    @Test
    void refusesEmptyMediaAndMissingFilesWithoutACall() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.jpg"));
        try (ScoringClient client = service.client()) {
            assertReason(ErrorReason.MEDIA_EMPTY, () -> client.score(MediaContent.of(empty), ScoreOptions.DEFAULT));
            assertReason(
                    ErrorReason.IO_FAILED,
                    () -> client.score(MediaContent.of(folder.resolve("absent")), ScoreOptions.DEFAULT));
        }
        assertThat(service.calls()).isZero();
    }

    @Test
    void endsAtTheDeadline() {
        service.hold();
        ClientConfig config = service.clientConfig().withDeadline(Duration.ofMillis(200));
        try (ScoringClient client = ScoringClient.connect(config)) {
            assertReason(ErrorReason.DEADLINE_EXCEEDED, () -> client.score(PICTURE, ScoreOptions.DEFAULT));
        }
    }

    @Test
    void closingEndsWhatIsInFlight() {
        service.hold();
        ScoringClient client = service.client();
        CompletableFuture<ScoredMedia> pending = client.scoreAsync(PICTURE, ScoreOptions.DEFAULT);
        client.close();
        assertThatThrownBy(() -> pending.get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(ScoringException.class)
                .cause()
                .extracting(e -> ((ScoringException) e).reason())
                .isEqualTo(ErrorReason.CANCELLED);
    }

    @Test
    void sendsTheToken() {
        service.requireToken("secret");
        try (ScoringClient client = service.client()) {
            assertReason(ErrorReason.UNAUTHENTICATED, () -> client.score(PICTURE, ScoreOptions.DEFAULT));
        }
        try (ScoringClient client = ScoringClient.connect(service.clientConfig().withToken("secret"))) {
            assertThat(client.score(PICTURE, ScoreOptions.DEFAULT).frames()).isOne();
        }
    }

    @Test
    void listsModels() {
        try (ScoringClient client = service.client()) {
            ModelInfo model = client.models().get(0);
            assertThat(model.ref()).isEqualTo(service.model());
            assertThat(model.isDefault()).isTrue();
            assertThat(model.levelNames()).first().isEqualTo("excellent");
            assertThat(model.accuracy().get(0).srccInterval()).isEqualTo(Optional.of(new ModelInfo.Interval(0.4, 0.6)));
            assertThat(client.model("loupe-fake/1")).isEqualTo(model);
            assertReason(ErrorReason.MODEL_NOT_FOUND, () -> client.model("absent"));
        }
    }

    @Test
    void namesEverythingWrongWithAConfigurationAtOnce() {
        assertThatThrownBy(() -> ClientConfig.of("nowhere", "example.org:99999")
                        .withRetries(0, Duration.ZERO, Duration.ofDays(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'nowhere'")
                .hasMessageContaining("'example.org:99999'");
        assertThatThrownBy(() -> ClientConfig.of("localhost:1").withRetries(0, Duration.ZERO, Duration.ofDays(1)))
                .hasMessageContaining("client.max-attempts")
                .hasMessageContaining("client.first-backoff")
                .hasMessageContaining("client.max-backoff");
    }

    @Test
    void neverSendsATokenInTheClearAndNeverPrintsIt() {
        assertThatThrownBy(() -> ClientConfig.of("example.org:443").withToken("secret"))
                .hasMessageContaining("client.tls");
        assertThat(ClientConfig.of("[::1]:443").withToken("secret").toString()).doesNotContain("secret");
    }

    private static void assertReason(ErrorReason reason, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ScoringException.class, e -> assertThat(e.reason())
                .isEqualTo(reason));
    }
}
