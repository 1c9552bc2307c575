package org.loupe.adapter.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.loupe.adapter.folder.Fixtures.jpeg;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.command.CommandProvider;
import org.loupe.testkit.FakeScoringService;
import org.loupe.testkit.Pictures;
import picocli.CommandLine;

class WatchCommandTest {
    private final Path root;
    private final Path state;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    WatchCommandTest(@TempDir Path temporary) throws IOException {
        root = Files.createDirectory(temporary.toRealPath().resolve("pictures"));
        state = temporary.resolve("state");
    }

    @Test
    void isFoundByTheRootCommand() {
        assertThat(ServiceLoader.load(CommandProvider.class)).anySatisfy(provider -> {
            assertThat(provider.parent()).isEmpty();
            assertThat(new CommandLine(provider.command()).getCommandName()).isEqualTo("watch");
        });
    }

    @Test
    void printsOneLineAFileAndASummary() {
        jpeg(root.resolve("a.jpg"), 1);
        jpeg(root.resolve("b.jpg"), 2);
        try (FakeScoringService service = FakeScoringService.start()) {
            assertThat(run("--once", "--server", service.target())).isZero();
            assertThat(out.toString().lines().sorted().toList())
                    .hasSize(2)
                    .first()
                    .asString()
                    .matches("a\\.jpg  quality \\d\\.\\d\\d \\w+  aesthetics \\d\\.\\d\\d \\w+");
            assertThat(err.toString()).contains("loupe-fake/1").contains("2 scored");

            assertThat(run("--once", "--server", service.target())).isZero();
            assertThat(err.toString()).contains("0 scored, 2 already right");
        }
    }

    @Test
    void anotherTasteScoresEverythingAgain() {
        jpeg(root.resolve("a.jpg"), 1);
        try (FakeScoringService service = FakeScoringService.start()) {
            service.adapters("house/2");
            assertThat(run("--once", "--server", service.target())).isZero();
            assertThat(run("--once", "--server", service.target(), "--adapter", "house"))
                    .isZero();
            assertThat(err.toString()).contains("with loupe-fake/1+house/2").contains("1 scored");
            assertThat(root.resolve("a.jpg.xmp")).content().contains(">1+house/2<");
            assertThat(run("--once", "--server", service.target(), "--adapter", "house/2"))
                    .isZero();
            assertThat(err.toString()).contains("0 scored, 1 already right");
            assertThat(service.scored()).hasSize(2);

            service.adapters("house/3");
            assertThat(run("--once", "--server", service.target(), "--adapter", "house"))
                    .isZero();
            assertThat(service.scored()).as("a new version of the taste").hasSize(3);
            assertThat(run("--once", "--server", service.target(), "--adapter", "other"))
                    .isEqualTo(2);
            assertThat(err.toString()).contains("no adapter 'other' is loaded on loupe-fake/1");
        }
    }

    @Test
    void writesStarsWhenAskedAndDoesNotTakeTheFolderForAnOption() {
        jpeg(root.resolve("a.jpg"), 1);
        try (FakeScoringService service = FakeScoringService.start()) {
            assertThat(run("--once", "--server", service.target(), "--rating")).isZero();
            assertThat(root.resolve("a.jpg.xmp")).content().contains("<xmp:Rating>");
        }
    }

    @Test
    void goesOnUntilItIsToldToStopAndThenEndsInOrder() throws Exception {
        jpeg(root.resolve("a.jpg"), 1);
        try (FakeScoringService service = FakeScoringService.start()) {
            Process process = WatchMain.start(
                    "--quiet-period", "0s", "--server", service.target(), "--state", state.toString(), root.toString());
            try (BufferedReader lines = process.inputReader();
                    BufferedReader errors = process.errorReader()) {
                assertThat(lines.readLine()).startsWith("a.jpg  quality ");
                process.toHandle().destroy(); // SIGTERM, and the streams stay open
                assertThat(errors.lines().toList()).last().asString().contains("1 scored");
                assertThat(process.waitFor())
                        .as("ended in order, not struck down")
                        .isZero();
            } finally {
                process.destroyForcibly();
            }
        }
        assertThat(root.resolve("a.jpg.xmp")).exists();
    }

    @Test
    void endsWithOneAndTheReasonWhenAFileCouldNotBeScored() throws IOException {
        Files.write(root.resolve("broken.jpg"), Pictures.corruptJpeg(1));
        try (FakeScoringService service = FakeScoringService.start()) {
            assertThat(run("--once", "--server", service.target())).isEqualTo(1);
            assertThat(err.toString()).contains("broken.jpg: MEDIA_CORRUPT: ");
        }
    }

    @Test
    void endsWithTwoAndAdviceWhenThereIsNoServer() {
        FakeScoringService service = FakeScoringService.start();
        service.close();
        assertThat(run("--once", "--server", service.target())).isEqualTo(2);
        assertThat(err.toString())
                .contains("no scoring server could be reached")
                .contains("Without --server");
    }

    @Test
    void asksForAServerWhereNoScorerIsInstalled() {
        assertThat(run("--once")).isEqualTo(2);
        assertThat(err.toString()).contains("--server HOST:PORT");
    }

    @Test
    void sendsTheTokenAndNamesItWhenItIsWrong() {
        try (FakeScoringService service = FakeScoringService.start()) {
            service.requireToken("s3cret");
            assertThat(run("--once", "--server", service.target(), "--token", "s3cret"))
                    .isZero();
            assertThat(run("--once", "--server", service.target(), "--token", "wrong"))
                    .isEqualTo(2);
            assertThat(err.toString()).contains("token");
        }
    }

    @Test
    void refusesOptionsThatMeanNothing() {
        for (List<String> options : List.of(
                List.of("--sidecar-name", "short"),
                List.of("--task", "beauty"),
                List.of("--rating-from", "beauty"),
                List.of("--quiet-period", "soon"),
                List.of("--quiet-period", "2h"),
                List.of("--server", "nowhere"),
                List.of("--server", "localhost:1", "--embedded"),
                List.of("--server", "localhost:1", "--tls-ca", "ca.pem"))) {
            assertThat(run(options.toArray(new String[0])))
                    .as(options.toString())
                    .isEqualTo(2);
        }
    }

    @Test
    void readsTimesAsPeopleWriteThem() {
        DurationConverter converter = new DurationConverter();
        assertThat(converter.convert("500ms")).isEqualTo(Duration.ofMillis(500));
        assertThat(converter.convert("2s")).isEqualTo(Duration.ofSeconds(2));
        assertThat(converter.convert("10m")).isEqualTo(Duration.ofMinutes(10));
        assertThat(converter.convert("1 h")).isEqualTo(Duration.ofHours(1));
    }

    private int run(String... options) {
        List<String> arguments = new ArrayList<>(List.of(options));
        if (!arguments.contains("--quiet-period")) {
            arguments.addAll(List.of("--quiet-period", "0s"));
        }
        arguments.addAll(List.of("--state", state.toString(), root.toString()));
        return new CommandLine(new WatchCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments.toArray(new String[0]));
    }
}
