package org.loupe.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelCheckCommandTest {
    private static final Path TINY = Path.of("..", "scorer-server", "src", "test", "resources", "models", "tiny-align");

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();

    @Test
    void theTinyPackageAnswersAsTheReference() throws Exception {
        assertThat(run("--golden", golden().toString())).isZero();
        assertThat(out.toString())
                .contains("on cpu")
                .contains("answers as the reference does")
                .contains("holds");
    }

    @Test
    void findsAnAnswerThatIsOff() throws Exception {
        copyGolden("\"score_1_to_5\": 3.15115929", "\"score_1_to_5\": 3.16115929");

        assertThat(run("--golden", folder.toString(), "--format", "json")).isEqualTo(1);
        assertThat(out.toString()).contains("\"holds\":false").contains("\"device\":\"cpu\"");
    }

    @Test
    void judgesTheMosAloneWhereAsked() throws Exception {
        copyGolden("\"score_1_to_5\": 3.15115929", "\"score_1_to_5\": 3.16115929");

        assertThat(run("--golden", folder.toString(), "--mos-tolerance", "0.011"))
                .isZero();
        assertThat(run("--golden", folder.toString(), "--mos-tolerance", "0.009"))
                .isEqualTo(1);
    }

    @Test
    void aFolderWithoutGoldensIsRefused() {
        assertThat(run("--golden", folder.toString())).isEqualTo(1);
    }

    private void copyGolden(String from, String to) throws IOException, URISyntaxException {
        String text = Files.readString(golden().resolve("tiny-align.golden.json"));
        assertThat(text).contains(from);
        Files.writeString(folder.resolve("tiny-align.golden.json"), text.replace(from, to));
        Path images = Files.createDirectory(folder.resolve("images"));
        try (var files = Files.list(golden().resolve("images"))) {
            for (Path file : files.toList()) {
                Files.copy(file, images.resolve(file.getFileName()));
            }
        }
    }

    private static Path golden() throws URISyntaxException {
        return Path.of(Objects.requireNonNull(ModelCheckCommandTest.class.getResource("/reference"))
                .toURI());
    }

    private int run(String... arguments) {
        String[] all = new String[arguments.length + 4];
        all[0] = "--model";
        all[1] = TINY.toString();
        all[2] = "--device";
        all[3] = "cpu";
        System.arraycopy(arguments, 0, all, 4, arguments.length);
        return new CommandLine(new ModelCheckCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(out))
                .setExecutionExceptionHandler((failure, line, parsed) -> 1)
                .execute(all);
    }
}
