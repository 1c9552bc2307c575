package org.loupe.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {
    @TempDir
    private Path scratch;

    @Test
    void isTheDefaultWhereNothingIsSet() {
        assertThat(ConfigReader.read(null, Map.of(), Map.of())).isEqualTo(ServerConfig.DEFAULT);
    }

    @Test
    void theCommandLineOverrulesTheFile() throws IOException {
        Path file = scratch.resolve("loupe.properties");
        Files.writeString(file, "grpc.port = 9000\nbatching.max-batch-frames = 4\n");
        ServerConfig config = ConfigReader.read(file, Map.of(), Map.of("grpc.port", "9001"));
        assertThat(config.toString()).contains("9001").doesNotContain("9000").contains("maxBatchFrames=4");
    }

    @Test
    void namesTheNearestKeyAndEveryProblemAtOnce() {
        assertThatThrownBy(() -> ConfigReader.read(
                        null, Map.of(), Map.of("batching.max-batch-frame", "4", "batching.max-batch-rows", "0")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("batching.max-batch-frames")
                .hasMessageContaining("batching.max-batch-rows must be 1..256");
    }

    @Test
    void refusesToServeTheNetworkWithoutTlsAndToken() {
        assertThatThrownBy(() -> ConfigReader.read(null, Map.of(), Map.of("grpc.bind", "0.0.0.0")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("TLS");
        assertThatThrownBy(() -> ConfigReader.read(null, Map.of(), Map.of("http.bind", "0.0.0.0")))
                .isInstanceOf(ConfigException.class);
    }

    @Test
    void documentsEverySettingItReads() {
        String documentation = ConfigReader.documentation();
        for (Setting setting : ConfigReader.settings()) {
            assertThat(documentation).contains(setting.key());
        }
    }
}
