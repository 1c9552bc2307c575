package org.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelStore;
import org.loupe.modelpackage.TestAdapters;
import org.loupe.scoring.TestPackages;
import org.loupe.scoring.TestPictures;
import org.loupe.server.LoupeServer;
import org.loupe.server.config.ConfigReader;
import org.loupe.testkit.FakeScoringService;
import picocli.CommandLine;

/** The commands of an operator against a real server. */
@SuppressWarnings("NullAway.Init") // opened before each test
class ModelCommandsTest {
    @TempDir
    private Path store;

    @TempDir
    private Path pictures;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private TestPackages packages;
    private LoupeServer server;

    @BeforeEach
    void start() {
        packages = new TestPackages(store);
        packages.add("taste", "1");
        packages.add("taste", "2");
        server = server("store");
    }

    private LoupeServer server(String administration) {
        return LoupeServer.start(ConfigReader.read(
                null,
                Map.of(),
                Map.of(
                        "grpc.port", "0",
                        "http.enabled", "false",
                        "engine.threads", "1",
                        "model.store", store.toString(),
                        "model.default", "taste/1",
                        "model.administration", administration)));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void anOperatorLoadsRenamesAndUnloads() throws Exception {
        assertThat(run("model", "load", "taste/2", "--alias", "house")).isZero();
        assertThat(out.toString()).contains("taste/2 is ready and answers as house");
        assertThat(run("model", "list")).isZero();
        assertThat(out.toString()).contains("taste/1", "ready     default", "ready     house");

        Path picture = Files.write(pictures.resolve("a.png"), TestPictures.png(7));
        assertThat(run("score", "--model", "house", "--format", "json", picture.toString()))
                .isZero();
        assertThat(out.toString()).contains("\"version\":\"2\"");

        assertThat(run("model", "unload", "taste/1")).isEqualTo(1);
        assertThat(err.toString()).contains("MODEL_IN_USE", "default");
        assertThat(run("model", "alias", "default", "house")).isZero();
        assertThat(out.toString()).contains("default points to taste/2, before to taste/1");
        assertThat(run("model", "unload", "taste/1")).isZero();
        assertThat(run("model", "alias", "house", "--remove")).isZero();
        assertThat(out.toString()).contains("taste/1 is unloaded", "house is removed, before to taste/2");
        assertThat(run("model", "load", "taste/1", "--replace")).isZero();
        assertThat(out.toString()).contains("taste/1 is ready and answers as default", "taste/2 is unloaded");
    }

    @Test
    void whatIsNotAllowedSaysWhatToDo() {
        assertThat(run("model", "load", packages.place("taste", "2").toString()))
                .isEqualTo(1);
        assertThat(err.toString()).contains("NOT_ALLOWED", "model.administration=paths", store.toString());
        assertThat(run("model", "alias", "house")).isEqualTo(2);
        assertThat(run("model", "load", "--adapter", "none")).isEqualTo(1);
        assertThat(err.toString()).contains("ADAPTER_NOT_FOUND");

        server.close();
        server = server("off");
        assertThat(run("model", "load", "taste/2")).isEqualTo(1);
        assertThat(err.toString()).contains("model.administration=off");
        assertThat(run("model", "list")).as("looking is allowed").isZero();

        server.close();
        server = server("paths");
        assertThat(run("model", "load", packages.place("taste", "2").toString()))
                .isZero();
    }

    @Test
    void listsTheAdaptersOfTheStoreWithTheModelTheyWereMadeFor() throws IOException {
        adapter("warm", "1");
        adapter("warm", "10");
        adapter("cold", "2");
        Path broken = store.resolve("cold").resolve("2");
        Files.delete(broken.resolve(AdapterPackage.TENSORS));

        assertThat(list(store)).as("one of them is broken").isEqualTo(1);
        assertThat(out.toString().lines())
                .filteredOn(line -> line.contains("adapter"))
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith(broken + ": MODEL_PACKAGE_INVALID")
                                .contains(AdapterPackage.TENSORS),
                        line -> assertThat(line).matches("warm/1 +fp32 +adapter of taste/1 +.*warm.1"),
                        line -> assertThat(line).matches("warm/10 +fp32 +adapter of taste/1 +.*warm.10"));
        assertThat(out.toString().lines()).anyMatch(line -> line.matches("taste/2 +fp32 +quality,aesthetics +.*"));
    }

    @Test
    void listsTheAdaptersAServerHoldsBesideTheirModel() {
        try (FakeScoringService remote = FakeScoringService.start()) {
            remote.adapters("cold/2", "warm/1");
            CommandLine command = LoupeMain.commandLine().setOut(new PrintWriter(out, true));
            assertThat(command.execute("model", "list", "--server", remote.target()))
                    .isZero();
            assertThat(out.toString()).matches("loupe-fake/1 +fp32 +ready +default  adapters cold/2,warm/1\\R");
        }
    }

    private void adapter(String name, String version) {
        try (ModelPackage base = ModelPackage.open(packages.place("taste", "1"));
                AdapterPackage written = TestAdapters.write(
                        store.resolve(name).resolve(version), name, version, base.manifest(), List.of("a"))) {
            assertThat(written.manifest().version()).isEqualTo(version);
        }
    }

    private int list(Path of) {
        return new CommandLine(new ModelListCommand(new ModelStore(of)))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute();
    }

    private int run(String... arguments) {
        String[] all = new String[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--server";
        all[arguments.length + 1] = server.grpcAddress();
        CommandLine command = LoupeMain.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(all);
    }
}
