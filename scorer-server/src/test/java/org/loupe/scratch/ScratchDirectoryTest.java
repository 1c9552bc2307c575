package org.loupe.scratch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // filled before each test
class ScratchDirectoryTest {
    @TempDir
    private Path parent;

    @Test
    void isPrivateAndGoesWithItsContent() throws IOException {
        Path content;
        try (ScratchDirectory scratch = ScratchDirectory.create("test")) {
            content = scratch.path();
            Files.writeString(Files.createDirectory(content.resolve("below")).resolve("file"), "x");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(content.getParent())))
                    .isEqualTo("rwx------");
        }
        assertThat(content.getParent()).doesNotExist();
    }

    @Test
    void sweepsWhatAKilledProcessLeftAndNothingElse() throws IOException {
        Path abandoned = Files.createDirectories(parent.resolve("loupe-model-1"));
        Files.createFile(abandoned.resolve("lock"));
        Path strange = Files.createDirectories(parent.resolve("loupe-of-somebody"));
        Instant later = Instant.now().plusSeconds(60);

        ScratchDirectory.sweep(parent, Instant.EPOCH);
        assertThat(abandoned).as("too young to be judged").exists();
        ScratchDirectory.sweep(parent, later);

        assertThat(abandoned).doesNotExist();
        assertThat(strange).exists();
    }

    @Test
    void aDirectoryInUseIsNotSwept() throws IOException {
        try (ScratchDirectory scratch = ScratchDirectory.create("test")) {
            Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
            ScratchDirectory.sweep(temporary, Instant.now().plusSeconds(60));
            assertThat(scratch.path()).isDirectory();
        }
    }
}
