package org.loupe.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.score.ScoringException;
import picocli.CommandLine;

class ModelPullCommandTest {
    private final FakeHub hub = new FakeHub()
            .with("config.json", "{}".getBytes(StandardCharsets.UTF_8), false)
            .with("model.safetensors", new byte[100_000], true);

    @TempDir
    private Path folder;

    @AfterEach
    void stop() {
        hub.close();
    }

    private record Run(int exit, String out, String err) {}

    @Test
    void showsTheLicenceFetchesAndSaysWhatComesNext() {
        Run run = run(
                Map.of("HF_ENDPOINT", hub.address() + "/"), "team/model@v1", "--out", out(), "--accept-licence", "mit");

        assertThat(run.err()).contains("licence     mit").contains("commit " + FakeHub.COMMIT);
        assertThat(run.out()).contains("next: ./loupe model import " + out() + " --out models/model --name model");
        assertThat(run.exit()).isZero();
        assertThat(folder.resolve("checkpoint/model.safetensors")).hasSize(100_000);
    }

    @Test
    void withoutAnybodyToAskNothingIsFetchedUntilTheLicenceIsAccepted() {
        Run run = run(
                Map.of(), "team/model", "--out", out(), "--hub", hub.address().toString());

        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).contains("LICENCE_NOT_ACCEPTED").contains("--accept-licence mit");
        assertThat(folder.resolve("checkpoint")).doesNotExist();
    }

    @Test
    void anotherLicenceThanTheAcceptedOneIsRefused() {
        hub.licence = "cc-by-nc-4.0";
        Run run = run(
                Map.of(), "team/model", "--out", out(), "--hub", hub.address().toString(), "--accept-licence", "mit");

        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).contains("states cc-by-nc-4.0");
    }

    @Test
    void yesTakesARepositoryThatStatesNoLicence() {
        hub.licence = "";
        Run run = run(
                Map.of(), "team/model", "--out", out(), "--hub", hub.address().toString(), "--yes");

        assertThat(run.err()).contains("none stated");
        assertThat(run.exit()).isZero();
    }

    @Test
    void theTokenOfTheEnvironmentIsUsedAndNeverPrinted() {
        hub.requiredToken = "hf_very_secret";
        Run run = run(
                Map.of("HF_TOKEN", "hf_very_secret"),
                "team/model",
                "--out",
                out(),
                "--hub",
                hub.address().toString(),
                "--yes");

        assertThat(run.exit()).isZero();
        assertThat(run.out() + run.err()).doesNotContain("hf_very_secret");
    }

    private String out() {
        return folder.resolve("checkpoint").toString();
    }

    private static Run run(Map<String, String> environment, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = new CommandLine(new ModelPullCommand(environment::get, ModelPullTest.QUICK))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((failure, line, parsed) -> {
                    line.getErr()
                            .println(
                                    failure instanceof ScoringException known
                                            ? known.reason() + ": " + known.getMessage()
                                            : failure.toString());
                    line.getErr().flush();
                    return 1;
                });
        int exit = command.execute(arguments);
        return new Run(exit, out.toString(), err.toString());
    }
}
