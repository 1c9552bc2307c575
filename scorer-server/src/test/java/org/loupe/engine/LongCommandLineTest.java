package org.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** ONNX Runtime's start-up recurses over the command line of its process; a person may well name hundreds of photos on it. */
class LongCommandLineTest {
    @Test
    void loadsAGraphUnderAHundredKilobytesOfArguments() throws IOException, InterruptedException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        ProcessBuilder builder = new ProcessBuilder(
                java.toString(), "-Xmx256m", "-Dfiller=" + "x".repeat(100_000), Child.class.getName());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
    }

    /** What runs under the long command line. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) {
            Path graph = Path.of("src", "test", "resources", "models", "tiny-align", "model.onnx");
            OrtGraph.open(graph, EngineConfig.DEFAULT.withThreads(1)).close();
        }
    }
}
