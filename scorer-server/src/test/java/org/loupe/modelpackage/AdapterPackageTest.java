package org.loupe.modelpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

class AdapterPackageTest {
    private static final Manifest BASE = base();

    @TempDir
    private Path folder;

    @Test
    void whatIsWrittenIsReadBack() {
        try (AdapterPackage written = write("warm", "3");
                AdapterPackage read = AdapterPackage.open(written.directory())) {
            assertThat(read.manifest()).isEqualTo(written.manifest());
            assertThat(read.manifest().name()).isEqualTo("warm");
            assertThat(read.manifest().inputs()).containsExactly("a", "b");
            assertThat(read.sizeBytes()).isPositive();
        }
    }

    @Test
    void opensAZipAndRemovesWhatItUnpacked() throws IOException {
        Path zip = folder.resolve("warm.zip");
        try (AdapterPackage written = write("warm", "1");
                OutputStream file = Files.newOutputStream(zip);
                ZipOutputStream out = new ZipOutputStream(file)) {
            for (String part : List.of(
                    AdapterPackage.MANIFEST, AdapterPackage.TENSORS, AdapterPackage.LICENCE, AdapterPackage.CARD)) {
                out.putNextEntry(new ZipEntry("warm/" + part));
                Files.copy(written.directory().resolve(part), out);
            }
        }
        AdapterPackage opened = AdapterPackage.open(zip);
        Path unpacked = opened.directory();
        assertThat(unpacked).exists();
        opened.close();
        assertThat(unpacked).doesNotExist();
    }

    @Test
    void noticesOneChangedByte() throws IOException {
        Path place = place(write("warm", "1"));
        Files.writeString(place.resolve(AdapterPackage.TENSORS), "other tensors");
        refused(ErrorReason.MODEL_PACKAGE_INVALID, "digest", () -> AdapterPackage.open(place));
    }

    @Test
    void namesAMissingPartAndAnUnknownField() throws IOException {
        Path place = place(write("warm", "1"));
        Path manifest = place.resolve(AdapterPackage.MANIFEST);
        String json = Files.readString(manifest);
        Files.writeString(manifest, json.replaceFirst("\\{", "{ \"surprise\" : 1,"));
        refused(ErrorReason.MODEL_PACKAGE_INVALID, "surprise", () -> AdapterPackage.open(place));
        Files.writeString(manifest, json);
        Files.delete(place.resolve(AdapterPackage.CARD));
        refused(ErrorReason.MODEL_PACKAGE_INVALID, AdapterPackage.CARD, () -> AdapterPackage.open(place));
        refused(ErrorReason.MODEL_NOT_FOUND, "nowhere", () -> AdapterPackage.open(folder.resolve("nowhere")));
    }

    @Test
    void refusesANameThatIsNone() {
        refused(ErrorReason.MODEL_PACKAGE_INVALID, "lower-case", () -> write("Warm Light", "1"));
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void fitsOnlyTheModelItWasMadeFor() {
        try (AdapterPackage adapter = write("warm", "1")) {
            adapter.requireFits(taking(BASE, List.of("a", "b", "c")));
            refused(
                    ErrorReason.MODEL_PACKAGE_INVALID,
                    "was made for tiny",
                    () -> adapter.requireFits(taking(BASE, List.of("a", "b")).withDigest("f".repeat(64))));
            refused(
                    ErrorReason.MODEL_PACKAGE_INVALID,
                    "fills b, which",
                    () -> adapter.requireFits(taking(BASE, List.of("a"))));
        }
    }

    private AdapterPackage write(String name, String version) {
        return TestAdapters.write(folder.resolve(name), name, version, BASE, List.of("a", "b"));
    }

    private static Path place(AdapterPackage adapter) {
        try (adapter) {
            return adapter.directory();
        }
    }

    private static Manifest base() {
        try (ModelPackage model = ModelPackage.open(Path.of("src/test/resources/models/tiny-align"))) {
            return model.manifest();
        }
    }

    private static Manifest taking(Manifest model, List<String> targets) {
        return new Manifest(
                model.schemaVersion(),
                model.name(),
                model.version(),
                model.digest(),
                model.source(),
                model.licence(),
                model.input(),
                model.levels(),
                model.prompts(),
                model.limits(),
                model.precision(),
                targets,
                model.accuracy(),
                model.deviation(),
                model.provenance());
    }

    private static void refused(ErrorReason reason, String naming, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(ScoringException.class, failure -> assertThat(failure.reason())
                        .isEqualTo(reason))
                .hasMessageContaining(naming);
    }
}
