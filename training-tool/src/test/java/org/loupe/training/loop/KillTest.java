package org.loupe.training.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.digest.Sha256;

/** A training process that is killed with SIGKILL and resumed ends with the bytes of one that was left alone. */
@Timeout(120)
class KillTest {
    private static final long SEED = 20261123;
    private static final int KILLS = 3;
    private static final int STEPS = 160;

    @TempDir
    Path directory;

    @Test
    void aRunKilledAtRandomStepsEndsWithTheSameBytes() throws IOException, InterruptedException {
        Path whole = directory.resolve("whole");
        start(whole, false, -1);
        Path killed = directory.resolve("killed");
        Random random = new Random(SEED);
        int step = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            step += 1 + random.nextInt(STEPS / KILLS - 1);
            start(killed, kill > 0, step);
        }
        start(killed, true, -1);
        assertThat(files(killed)).isEqualTo(files(whole)).hasSizeGreaterThan(6);
    }

    /** Runs to the end, or until the step after which it is killed. */
    private static void start(Path out, boolean resume, int killAfter) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ResumedProgram.class.getName(),
                        out.toString(),
                        Boolean.toString(resume),
                        Integer.toString(killAfter))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = said.readLine();
            if (killAfter < 0) {
                assertThat(line).isEqualTo("finished");
            } else {
                assertThat(line).isEqualTo(ResumedProgram.PAUSED);
                process.destroyForcibly(); // SIGKILL
            }
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(killAfter < 0 ? 0 : 128 + 9);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Digests of everything but the seconds. */
    private static List<String> files(Path out) throws IOException {
        List<String> digests = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(out)) {
            for (Path file : walk.filter(Files::isRegularFile)
                    .filter(path -> !path.endsWith(RunLog.TIMING))
                    .sorted()
                    .toList()) {
                digests.add(out.relativize(file) + " " + Sha256.hex(file));
            }
        }
        return digests;
    }
}
