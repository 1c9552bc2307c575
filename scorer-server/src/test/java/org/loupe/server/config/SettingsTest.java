package org.loupe.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.batch.BatchConfig;
import org.loupe.server.access.AccessConfig;

@SuppressWarnings("NullAway.Init") // filled before each test
class SettingsTest {
    @TempDir
    private Path folder;

    @Test
    void defaultsAreTheDocumentedOnes() {
        assertThat(ServerConfig.DEFAULT.grpc().bind()).isEqualTo("127.0.0.1");
        assertThat(ServerConfig.DEFAULT.grpc().port()).isEqualTo(7431);
        assertThat(ServerConfig.DEFAULT.http().port()).isEqualTo(7432);
        assertThat(ServerConfig.DEFAULT.model().defaultModel()).isEqualTo("loupe-small");
        assertThat(ServerConfig.DEFAULT.batching()).isEqualTo(new BatchConfig(0, 32, Duration.ofMillis(2), 256));
        assertThat(ServerConfig.DEFAULT.access()).isEqualTo(AccessConfig.DEFAULT);
    }

    @Test
    void thePrintedSettingsAreTheDefaults() throws IOException {
        Properties printed = new Properties();
        printed.load(new StringReader(ConfigReader.documentation()));
        Map<String, String> all =
                printed.stringPropertyNames().stream().collect(Collectors.toMap(key -> key, printed::getProperty));

        assertThat(ConfigReader.read(null, Map.of(), all)).isEqualTo(ServerConfig.DEFAULT);
    }

    @Test
    void everyKeyReachesItsComponent() {
        ServerConfig read = ConfigReader.read(
                null,
                Map.of(),
                Map.ofEntries(
                        Map.entry("grpc.port", "1"),
                        Map.entry("grpc.max-upload-bytes", "2GiB"),
                        Map.entry("grpc.grace", "1m"),
                        Map.entry("http.enabled", "false"),
                        Map.entry("model.default", "mine/2"),
                        Map.entry("model.also", "a, b"),
                        Map.entry("model.store", "/srv/models"),
                        Map.entry("decode.max-pixels", "1000"),
                        Map.entry("engine.threads", "3"),
                        Map.entry("batching.max-queue-delay", "7ms"),
                        Map.entry("scoring.cache-bytes", "0")));

        assertThat(read.grpc().port()).isEqualTo(1);
        assertThat(read.grpc().maxUploadBytes()).isEqualTo(2L << 30);
        assertThat(read.grpc().grace()).isEqualTo(Duration.ofMinutes(1));
        assertThat(read.http().enabled()).isFalse();
        assertThat(read.model().defaultModel()).isEqualTo("mine/2");
        assertThat(read.model().also()).containsExactly("a", "b");
        assertThat(read.model().store()).isEqualTo(Optional.of(Path.of("/srv/models")));
        assertThat(read.decode().maxPixels()).isEqualTo(1000);
        assertThat(read.engine().threads()).isEqualTo(3);
        assertThat(read.batching().maxQueueDelay()).isEqualTo(Duration.ofMillis(7));
        assertThat(read.scoring().cacheBytes()).isZero();
    }

    @Test
    void theCommandLineOverrulesTheEnvironmentAndThatTheFile() throws IOException {
        Path file = Files.writeString(
                folder.resolve("loupe.properties"),
                "engine.threads = 1\nbatching.max-batch-rows = 1\nbatching.max-batch-frames = 1\n");
        ServerConfig read = ConfigReader.read(
                file,
                Map.of(
                        "LOUPE_BATCHING_MAX_BATCH_ROWS",
                        "2",
                        "LOUPE_ENGINE_THREADS",
                        "2",
                        "LOUPE_MODELS",
                        "not a setting"),
                Map.of("engine.threads", "3"));

        assertThat(read.engine().threads()).isEqualTo(3);
        assertThat(read.batching().maxBatchRows()).isEqualTo(2);
        assertThat(read.batching().maxBatchFrames()).isEqualTo(1);
    }

    @Test
    void tellsEverythingThatIsWrongAtOnce() {
        assertThatThrownBy(() -> ConfigReader.read(
                        null,
                        Map.of(),
                        Map.of(
                                "batching.max-batch-frame", "2",
                                "batching.max-batch-rows", "0",
                                "http.enabled", "yes",
                                "grpc.grace", "soon",
                                "grpc.bind", "0.0.0.0")))
                .isInstanceOfSatisfying(
                        ConfigException.class, e -> assertThat(e.problems()).hasSize(5))
                .message()
                .contains(
                        "batching.max-batch-frame is not a setting; did you mean batching.max-batch-frames?",
                        "batching.max-batch-rows must be 1..256, was 0",
                        "http.enabled must be true or false, was 'yes'",
                        "grpc.grace must be a time such as",
                        "grpc.bind = 0.0.0.0 would serve the network");
    }

    @Test
    void aNetworkAddressNeedsBothEncryptionAndIdentity() throws IOException {
        Path pem = Files.writeString(folder.resolve("x.pem"), "not looked into here");
        Map<String, String> bind = Map.of("grpc.bind", "0.0.0.0");
        Map<String, String> token = Map.of("access.token", "0123456789abcdef");
        Map<String, String> tls = Map.of("access.certificate", pem.toString(), "access.key", pem.toString());
        Map<String, String> clients = Map.of("access.client-authorities", pem.toString());

        refused(List.of(bind));
        refused(List.of(bind, token));
        refused(List.of(bind, tls));
        assertThat(read(List.of(bind, tls, token)).grpc().bind()).isEqualTo("0.0.0.0");
        assertThat(read(List.of(bind, tls, clients)).grpc().bind()).isEqualTo("0.0.0.0");
    }

    @Test
    void httpNeverLeavesThisMachine() {
        assertThatThrownBy(() -> ConfigReader.read(null, Map.of(), Map.of("http.bind", "0.0.0.0")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("http.bind");
    }

    @Test
    void aTokenStaysOutOfLogs() {
        assertThat(read(List.of(Map.of("access.token", "0123456789abcdef"))).toString())
                .doesNotContain("0123456789abcdef");
    }

    private static ServerConfig read(List<Map<String, String>> parts) {
        return ConfigReader.read(
                null,
                Map.of(),
                parts.stream()
                        .flatMap(part -> part.entrySet().stream())
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    private static void refused(List<Map<String, String>> parts) {
        assertThatThrownBy(() -> read(parts)).hasMessageContaining("set access.certificate");
    }
}
