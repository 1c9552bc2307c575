package org.loupe.scratch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagingDirectoryTest {
    @Test
    void appearsWholeOrNotAtAll(@TempDir Path parent) throws IOException {
        try (StagingDirectory staging = StagingDirectory.beside(parent.resolve("target"))) {
            Files.writeString(staging.path().resolve("part"), "content");
            assertThat(parent.resolve("target")).doesNotExist();
            staging.moveIntoPlace();
        }
        assertThat(parent.resolve("target/part")).hasContent("content");
        assertThat(names(parent)).containsExactly("target");
        try (StagingDirectory staging = StagingDirectory.beside(parent.resolve("other"))) {
            Files.writeString(staging.path().resolve("part"), "content");
        }
        assertThat(names(parent)).containsExactly("target");
    }

    @Test
    void neverReplacesWhatIsThere(@TempDir Path parent) throws IOException {
        Files.createDirectory(parent.resolve("target"));
        Files.writeString(parent.resolve("target/mine"), "mine");
        try (StagingDirectory staging = StagingDirectory.beside(parent.resolve("target"))) {
            assertThatThrownBy(staging::moveIntoPlace)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("not empty");
        }
        assertThat(parent.resolve("target/mine")).hasContent("mine");
    }

    @Test
    void removesWhatAKilledProcessLeftButNothingInUse(@TempDir Path parent) throws IOException {
        Path dead = Files.createDirectory(parent.resolve(".writing-dead"));
        Files.writeString(dead.resolve("half"), "half");
        Files.createFile(parent.resolve(".writing-dead.lock"));
        Path unknown = Files.createDirectory(parent.resolve(".writing-unknown"));
        try (StagingDirectory first = StagingDirectory.beside(parent.resolve("a"));
                StagingDirectory second = StagingDirectory.beside(parent.resolve("b"))) {
            assertThat(dead).doesNotExist();
            assertThat(first.path()).exists();
            assertThat(second.path()).exists();
            assertThat(unknown).as("nobody knows whose it is").exists();
        }
        assertThat(names(parent)).containsExactly(".writing-unknown");
    }

    private static Stream<String> names(Path parent) throws IOException {
        try (Stream<Path> files = Files.list(parent)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
        }
    }
}
