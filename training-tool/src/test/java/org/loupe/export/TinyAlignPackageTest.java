package org.loupe.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.modelpackage.Manifest;

/**
 * The package the server's tests run on is what the importer writes from the committed checkpoint, byte for byte. After a change to the graph
 * {@code mvn -pl training-tool -am package -Dtest=TinyAlignPackageTest -Dsurefire.failIfNoSpecifiedTests=false -Dloupe.rewrite} renews it.
 */
class TinyAlignPackageTest {
    private static final Path COMMITTED =
            Path.of("..", "scorer-server", "src", "test", "resources", "models", "tiny-align");

    @Test
    void committedPackageIsWhatTheImporterWrites(@TempDir Path scratch) throws IOException {
        Path written = scratch.resolve("package");
        ModelImporter.run(
                new ModelImport(
                        GoldenSet.open().checkpoint(scratch),
                        written,
                        "tiny-align",
                        "1",
                        Precision.FP32,
                        new Manifest.Licence("unknown", "unknown", null),
                        null,
                        ModelImport.DEFAULT_MAX_FRAMES),
                (step, done, total) -> {});
        if (System.getProperty("loupe.rewrite") != null) {
            Files.createDirectories(COMMITTED);
            for (String name : names(written)) {
                Files.copy(written.resolve(name), COMMITTED.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        assertThat(names(COMMITTED)).isEqualTo(names(written));
        for (String name : names(written)) {
            assertThat(COMMITTED.resolve(name)).as(name).hasSameBinaryContentAs(written.resolve(name));
        }
    }

    private static List<String> names(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            files.forEach(file -> names.add(String.valueOf(file.getFileName())));
        }
        names.sort(null);
        return names;
    }
}
