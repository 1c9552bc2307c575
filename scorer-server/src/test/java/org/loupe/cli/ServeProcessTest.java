package org.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.loupe.client.ClientConfig;
import org.loupe.client.MediaContent;
import org.loupe.client.ScoreOptions;
import org.loupe.client.ScoringClient;
import org.loupe.score.ScoredMedia;
import org.loupe.scoring.TestPictures;
import org.loupe.scoring.TestScoring;
import org.loupe.testkit.Await;

/** The server as a process of its own. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no SIGTERM")
@Timeout(180)
class ServeProcessTest {
    @Test
    void aServerThatIsToldToStopAnswersWhatIsUnderWay() throws Exception {
        Process server = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.loupe.cli.LoupeMain",
                        "serve",
                        "--model",
                        TestScoring.tinyPackage().toString(),
                        "--set",
                        "grpc.port=0",
                        "--set",
                        "http.port=0",
                        "--set",
                        "engine.threads=1",
                        "--set",
                        "batching.max-batch-frames=64",
                        "--set",
                        "batching.max-queue-delay=1s") // so that requests are waiting when the signal comes
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader err =
                new BufferedReader(new InputStreamReader(server.getErrorStream(), StandardCharsets.UTF_8))) {
            String grpc = word(err, "loupe: gRPC on ");
            String http = word(err, "loupe: HTTP on ");
            List<CompletableFuture<ScoredMedia>> answers = new ArrayList<>();
            try (ScoringClient client = ScoringClient.connect(ClientConfig.of(grpc))) {
                Await.until("a request waits, and none is on its way", () -> {
                    if (counted(http) == answers.size()) {
                        if (waiting(http) > 0) {
                            return true;
                        }
                        answers.add(client.scoreAsync(
                                MediaContent.of(TestPictures.plain(answers.size())), ScoreOptions.DEFAULT));
                    }
                    return false;
                });
                server.toHandle().destroy(); // SIGTERM; Process.destroy() would close our end of its output too

                List<String> last = err.lines().toList();
                assertThat(last)
                        .as("exit code %s", server.waitFor())
                        .anyMatch(line -> line.startsWith("loupe: stopping, answering what is under way"))
                        .contains("loupe: stopped");
                assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(answers).allSatisfy(answer -> assertThat(
                                answer.get(1, TimeUnit.MINUTES).scores())
                        .hasSize(2));
            }
        } finally {
            server.destroyForcibly();
        }
    }

    /** @return requests that wait or were answered */
    private static int counted(String http) throws IOException, InterruptedException {
        return waiting(http) + metric(http, "loupe_media_scored_total");
    }

    private static int waiting(String http) throws IOException, InterruptedException {
        return metric(http, "loupe_queue_frames");
    }

    private static int metric(String http, String name) throws IOException, InterruptedException {
        String metrics = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://" + http + "/metrics"))
                                .timeout(Duration.ofMinutes(1))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
        return metrics.lines()
                .filter(line -> line.startsWith(name))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** @return the word after the beginning of the line that begins so */
    private static String word(BufferedReader lines, String beginning) throws IOException {
        StringBuilder seen = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            seen.append(line).append('\n');
            if (line.startsWith(beginning)) {
                return line.substring(beginning.length()).split("[, ]")[0];
            }
        }
        throw new AssertionError("the server ended: " + seen);
    }
}
