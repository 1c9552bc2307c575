package org.loupe.adapter.folder;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SidecarNameTest {
    private final Path directory;

    SidecarNameTest(@TempDir Path directory) {
        this.directory = directory;
    }

    @Test
    void usesThePreferenceWhereNoSidecarExists() throws IOException {
        make("photo.jpg");
        assertThat(located(SidecarName.FULL)).isEqualTo("photo.jpg.xmp");
        assertThat(located(SidecarName.STEM)).isEqualTo("photo.xmp");
    }

    @Test
    void usesTheOneThatExistsWhateverThePreference() throws IOException {
        make("photo.jpg", "photo.xmp");
        assertThat(located(SidecarName.FULL)).isEqualTo("photo.xmp");
        Files.delete(directory.resolve("photo.xmp"));
        make("photo.jpg.xmp");
        assertThat(located(SidecarName.STEM)).isEqualTo("photo.jpg.xmp");
    }

    @Test
    void letsThePreferenceDecideWhereBothExist() throws IOException {
        make("photo.jpg", "photo.xmp", "photo.jpg.xmp");
        assertThat(located(SidecarName.FULL)).isEqualTo("photo.jpg.xmp");
        assertThat(located(SidecarName.STEM)).isEqualTo("photo.xmp");
    }

    @Test
    void leavesTheSidecarOfARawFileToTheRawFile() throws IOException {
        make("photo.jpg", "photo.cr2", "photo.xmp");
        assertThat(located(SidecarName.FULL)).isEqualTo("photo.jpg.xmp");
        assertThat(located(SidecarName.STEM)).isEqualTo("photo.jpg.xmp");
    }

    @Test
    void neverLetsTwoPicturesShareASidecar() throws IOException {
        make("photo.jpg", "photo.png");
        assertThat(located(SidecarName.STEM)).isEqualTo("photo.jpg.xmp");
    }

    @Test
    void staysWithASharedSidecarThatHoldsItsScoresAlready() throws IOException {
        make("photo.jpg", "photo.cr2", "photo.xmp");
        assertThat(SidecarName.STEM.locate(directory.resolve("photo.jpg"), sidecar -> true))
                .hasFileName("photo.xmp");
    }

    @Test
    void findsASidecarWithItsEndingInCapitals() throws IOException {
        make("photo.jpg", "photo.XMP");
        assertThat(located(SidecarName.FULL)).isEqualTo("photo.XMP");
    }

    @Test
    void takesFilesWithoutAnExtension() throws IOException {
        make("photo");
        assertThat(SidecarName.STEM.locate(directory.resolve("photo"), sidecar -> false))
                .hasFileName("photo.xmp");
    }

    private String located(SidecarName preference) throws IOException {
        return preference
                .locate(directory.resolve("photo.jpg"), sidecar -> false)
                .getFileName()
                .toString();
    }

    private void make(String... names) throws IOException {
        for (String name : names) {
            Files.createFile(directory.resolve(name));
        }
    }
}
