package org.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.loupe.command.CommandProvider;
import org.loupe.command.Termination;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtGraph;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import picocli.CommandLine;

/** Ctrl-C while a graph runs. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there are no signals to send")
class InterruptedCommandTest {
    /** A process that leaves the runtime's own hook to itself crashes every time here. */
    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT", "HUP"})
    @Timeout(120)
    void endsWithoutACrash(String signal, @TempDir Path directory) throws IOException, InterruptedException {
        if (ignored(signal)) {
            String message = "NOT RUN: whoever started this build has SIG" + signal
                    + " ignored, as nohup and shells do in the background";
            System.out.println(message);
            abort(message);
        }
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:ErrorFile=" + directory.resolve("crash.log"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LoupeMain.class.getName(),
                        "run-for-ever")
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(Stream.generate(() -> line(said)).limit(50).anyMatch(Endless.RUNNING::equals))
                    .isTrue();
            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(said.lines()).as("exit code %s", process.exitValue()).isEmpty();
            assertThat(process.exitValue()).isEqualTo(Termination.INTERRUPTED);
            assertThat(Files.exists(directory.resolve("crash.log"))).isFalse();
        } finally {
            process.destroyForcibly();
        }
    }

    /** What a process ignores its children ignore too, and Java leaves it so. */
    private static boolean ignored(String signal) throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        String mask = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .map(line -> line.substring("SigIgn:".length()).strip())
                .findFirst()
                .orElseThrow();
        int number =
                switch (signal) {
                    case "HUP" -> 1;
                    case "INT" -> 2;
                    default -> 15;
                };
        return ((Long.parseUnsignedLong(mask, 16) >>> (number - 1)) & 1) == 1;
    }

    private static String line(BufferedReader from) {
        try {
            return String.valueOf(from.readLine());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A command that scores the same pictures again and again. */
    @CommandLine.Command(name = "run-for-ever", hidden = true)
    public static final class Endless implements CommandProvider, Callable<Integer> {
        static final String RUNNING = "running";
        private static final int SIDE = 512;
        private static final int FRAMES = 4;

        @Override
        public String parent() {
            return "";
        }

        @Override
        public CommandLine command() {
            return new CommandLine(this);
        }

        @Override
        public Integer call() {
            EngineBatch batch = new EngineBatch(
                    FRAMES,
                    SIDE,
                    SIDE,
                    ByteBuffer.allocateDirect(3 * FRAMES * SIDE * SIDE),
                    new long[][] {{0}, {1}, {2}, {3}},
                    new long[FRAMES]);
            try (ModelPackage model = ModelResolver.standard().open("loupe-small");
                    OrtGraph graph = OrtGraph.open(model.graph(), EngineConfig.DEFAULT.withThreads(1))) {
                graph.run(batch, Set.of("level_logits"));
                System.out.println(RUNNING);
                while (true) {
                    graph.run(batch, Set.of("level_logits"));
                }
            }
        }
    }
}
