package org.loupe.export.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.checkpoint.RandomCheckpoint;
import org.loupe.client.ClientConfig;
import org.loupe.client.MediaContent;
import org.loupe.client.ModelAdministration;
import org.loupe.client.ModelInfo;
import org.loupe.client.ScoreOptions;
import org.loupe.client.ScoringClient;
import org.loupe.export.AdapterTargets;
import org.loupe.export.ModelImport;
import org.loupe.export.ModelImporter;
import org.loupe.export.Precision;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.score.AdapterRef;
import org.loupe.score.ScoredMedia;

/** {@code model.remember} over restarts of a real server process: told to stop, and struck down. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no SIGTERM")
@Timeout(240)
class RememberedOverRestartTest {

    @TempDir
    private Path store;

    @Test
    void whatAServerWasToldIsThereAgainWhetherItStoppedOrWasKilled() throws Exception {
        Path checkpoint =
                new RandomCheckpoint(RandomCheckpoint.odd(), 5).write(Files.createDirectories(store.resolve(".odd")));
        importBase(checkpoint, "1");
        importBase(checkpoint, "2");
        Path peft = store.resolve(".peft");
        new RandomAdapter(checkpoint, 3, 6, 8).at("self_attn.q_proj").write(peft);
        adapt(peft, checkpoint);

        ScoredMedia warm;
        try (Server server = new Server(false)) {
            server.models.load("base/2", "house", false);
            server.models.loadAdapter("warm", "base/2");
            server.models.alias("default", "base/2");
            warm = server.score("house", "warm");
            assertThat(server.names()).containsExactly("base/2 [default, house] [warm/1]", "base/1 [] []");
        } // SIGTERM
        try (Server server = new Server(true)) {
            assertThat(server.names()).containsExactly("base/2 [default, house] [warm/1]", "base/1 [] []");
            assertThat(server.score("house", "warm")).isEqualTo(warm);
            server.models.unload("base/1");
            server.models.unloadAdapter("warm", "house");
            server.models.alias("night", "base/2");
        } // SIGKILL, straight after the last answer
        try (Server server = new Server(true)) {
            assertThat(server.names()).containsExactly("base/2 [default, house, night] []");
            server.models.loadAdapter("warm", "");
            assertThat(server.score("night", "warm")).isEqualTo(warm);
        }
    }

    /** A server as a process of its own, over the store, and a client of it. */
    private final class Server implements AutoCloseable {
        private final Process process;
        private final boolean killed;
        private final ClientConfig config;
        private final ModelAdministration models;

        /** @param killed whether it is struck down at the end instead of told to stop */
        Server(boolean killed) throws IOException {
            this.killed = killed;
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx512m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "org.loupe.cli.LoupeMain",
                    "serve"));
            for (String setting : List.of(
                    "grpc.port=0",
                    "http.enabled=false",
                    "engine.threads=1",
                    "model.default=base/1",
                    "model.store=" + store,
                    "model.remember=true")) {
                command.add("--set");
                command.add(setting);
            }
            process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.PIPE)
                    .start();
            config = ClientConfig.of(address(process.errorReader(StandardCharsets.UTF_8)));
            models = ModelAdministration.connect(config);
        }

        /** What it says later fits into the pipe: a line a change. */
        private String address(BufferedReader lines) throws IOException {
            StringBuilder seen = new StringBuilder();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                seen.append(line).append('\n');
                if (line.startsWith("loupe: gRPC on ")) {
                    return line.substring("loupe: gRPC on ".length()).strip();
                }
            }
            throw new AssertionError("the server ended: " + seen);
        }

        List<String> names() {
            return models.list().stream().map(Server::words).toList();
        }

        private static String words(ModelInfo model) {
            return model.ref() + " " + model.aliases() + " "
                    + model.adapters().stream().map(AdapterRef::toString).toList();
        }

        ScoredMedia score(String model, String adapter) throws IOException {
            try (ScoringClient client = ScoringClient.connect(config)) {
                return client.score(
                        MediaContent.of(AdapterServingTest.png(5)),
                        ScoreOptions.DEFAULT.withModel(model).withAdapter(adapter));
            }
        }

        @Override
        public void close() throws InterruptedException {
            models.close();
            if (killed) {
                process.destroyForcibly();
            } else {
                process.toHandle().destroy();
            }
            boolean ended = process.waitFor(60, TimeUnit.SECONDS);
            process.destroyForcibly();
            assertThat(ended).as("the server ended").isTrue();
        }
    }

    private void importBase(Path checkpoint, String version) {
        ModelImporter.run(
                new ModelImport(
                                checkpoint,
                                store.resolve("base").resolve(version),
                                "base",
                                version,
                                Precision.FP32,
                                AdapterRun.UNKNOWN,
                                null,
                                4)
                        .withAdapters(AdapterTargets.DEFAULT),
                (step, done, total) -> {});
    }

    private void adapt(Path peft, Path checkpoint) {
        try (ModelPackage base = ModelPackage.open(store.resolve("base/2"))) {
            AdapterImporter.run(
                    new AdapterImport(
                            peft, base, checkpoint, store.resolve("warm/1"), "warm", "1", AdapterRun.UNKNOWN, null),
                    (step, done, total) -> {});
        }
    }
}
