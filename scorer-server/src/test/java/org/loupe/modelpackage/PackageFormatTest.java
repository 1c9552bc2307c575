package org.loupe.modelpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

@SuppressWarnings("NullAway.Init") // filled before each test
class PackageFormatTest {
    @TempDir
    private Path folder;

    private Path tiny;

    @BeforeEach
    void copyTinyPackage() throws IOException {
        tiny = folder.resolve("tiny");
        copy(tinyPackage(), tiny);
    }

    @Test
    void opensADirectoryAndVerifiesIt() {
        try (ModelPackage model = ModelPackage.open(tiny)) {
            assertThat(model.manifest().ref()).hasToString("tiny-align/1");
            assertThat(model.graph()).exists();
            model.verify();
        }
        assertThat(tiny).as("a directory is not ours to remove").isDirectory();
    }

    @Test
    void opensAZipAndRemovesWhatItUnpacked() throws IOException {
        Path zip = zip(tiny, "");
        Path unpacked;
        try (ModelPackage model = ModelPackage.open(zip)) {
            unpacked = model.directory();
            assertThat(model.graph()).exists();
        }
        assertThat(unpacked).doesNotExist();
    }

    @Test
    void opensAZipWithOneDirectoryAtItsTop() throws IOException {
        try (ModelPackage model = ModelPackage.open(zip(tiny, "tiny-align/"))) {
            assertThat(model.manifest().name()).isEqualTo("tiny-align");
        }
    }

    @Test
    void refusesAZipThatNamesAPlaceOutsideItself() throws IOException {
        Path zip = folder.resolve("evil.zip");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
            out.putNextEntry(new ZipEntry("../../escaped.txt"));
            out.write(1);
        }
        refused(zip, "names a place outside itself");
        assertThat(folder.resolve("escaped.txt")).doesNotExist();
    }

    @Test
    void refusesAFileThatWasAdded() throws IOException {
        Files.writeString(tiny.resolve("extra.txt"), "hello");
        refused(tiny, "the package was changed");
    }

    @Test
    void refusesALinkInAPackage() throws IOException {
        Files.createSymbolicLink(tiny.resolve("link"), Path.of("LICENSE"));
        refused(tiny, "plain files only");
    }

    @Test
    void namesEveryMissingPart() throws IOException {
        Files.delete(tiny.resolve("LICENSE"));
        Files.delete(tiny.resolve("model.onnx"));
        refused(tiny, "model.onnx is missing", "LICENSE is missing");
    }

    @Test
    void namesEveryFieldThatDoesNotFit() throws IOException {
        String json = manifestText()
                .replace("\"precision\"", "\"precison\"")
                .replace("\"maxFrames\" : 64", "\"maxFrames\" : \"many\"")
                .replaceFirst("\"weight\" : 5.0", "\"weight\" : 5.0, \"colour\" : 1");
        Files.writeString(tiny.resolve("model.json"), json);
        refused(
                tiny,
                "precision is missing",
                "precison is not a known field",
                "limits.maxFrames must be a whole number",
                "levels[0].colour is not a known field");
    }

    @Test
    void namesEveryRuleThatIsBroken() throws IOException {
        String json = manifestText()
                .replace("\"fp32\"", "\"fp31\"")
                .replaceFirst("\"weight\" : 5.0", "\"weight\" : 6.0")
                .replace("\"side\" : 56", "\"side\" : 0, \"maxLongSide\" : 3");
        Files.writeString(tiny.resolve("model.json"), json);
        refused(
                tiny,
                "precision must be one of",
                "must lie in 1..5",
                "input.side must be",
                "input.maxLongSide does not belong");
    }

    @Test
    void whatIsWrittenOpensAgain() throws IOException {
        Manifest manifest = ManifestJson.read(Files.readAllBytes(tiny.resolve("model.json")), "test");
        Path target = folder.resolve("store/tiny-align/2");
        try (ModelPackageWriter writer = ModelPackageWriter.to(target)) {
            for (String part : new String[] {"model.onnx", "model.onnx.data", "LICENSE", "MODEL_CARD.md"}) {
                Files.copy(tiny.resolve(part), writer.directory().resolve(part));
            }
            try (ModelPackage written = writer.finish(manifest)) {
                assertThat(written.manifest()).isEqualTo(manifest);
            }
        }
        try (Stream<Path> left = Files.list(target.getParent())) {
            assertThat(left).containsExactly(target);
        }
        assertThatThrownBy(() -> ModelPackageWriter.to(target)).hasMessageContaining("exists already");
    }

    @Test
    void anUnfinishedPackageLeavesNothing() throws IOException {
        Path target = folder.resolve("store/tiny-align/3");
        try (ModelPackageWriter writer = ModelPackageWriter.to(target)) {
            Files.writeString(writer.directory().resolve("LICENSE"), "x");
        }
        assertThat(target).doesNotExist();
        assertThat(target.getParent()).isEmptyDirectory();
    }

    @Test
    void resolvesPathsBundledNamesAndTheStore() throws Exception {
        Path jar = folder.resolve("jar");
        copy(tinyPackage(), jar.resolve("models/tiny-align/1"));
        Files.writeString(jar.resolve("models/index.txt"), "# remark\ntiny-align/1\nabsent/1\n");
        Path store = folder.resolve("store");
        copy(tinyPackage(), store.resolve("mine/9"));
        copy(tinyPackage(), store.resolve("mine/10"));
        try (URLClassLoader resources =
                new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
            BundledModels bundled = new BundledModels(resources);
            ModelResolver resolver = new ModelResolver(bundled, new ModelStore(store));

            assertThat(bundled.list()).containsExactly("tiny-align/1");
            assertThat(directory(resolver, "tiny-align")).doesNotExist(); // unpacked, and gone when closed
            assertThat(directory(resolver, "mine")).isEqualTo(store.resolve("mine/10"));
            assertThat(directory(resolver, "mine/9")).isEqualTo(store.resolve("mine/9"));
            assertThat(directory(resolver, tiny.toString())).isEqualTo(tiny);
            assertThatThrownBy(() -> resolver.open("nobody"))
                    .isInstanceOfSatisfying(
                            ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.MODEL_NOT_FOUND))
                    .hasMessageContaining("tiny-align/1")
                    .hasMessageContaining("mine/10");
        }
    }

    @Test
    void aStoreNameCannotLeadOutOfTheStore() {
        assertThatThrownBy(() -> new ModelStore(folder).place("..", "1")).isInstanceOf(ScoringException.class);
    }

    private static Path directory(ModelResolver resolver, String reference) {
        try (ModelPackage model = resolver.open(reference)) {
            return model.directory();
        }
    }

    private void refused(Path location, String... told) {
        assertThatThrownBy(() -> ModelPackage.open(location))
                .isInstanceOfSatisfying(ScoringException.class, e -> assertThat(e.reason())
                        .isEqualTo(ErrorReason.MODEL_PACKAGE_INVALID))
                .message()
                .contains(told);
    }

    private String manifestText() throws IOException {
        return Files.readString(tiny.resolve("model.json"));
    }

    private Path zip(Path directory, String prefix) throws IOException {
        Path zip = folder.resolve("package.zip");
        try (OutputStream file = Files.newOutputStream(zip);
                ZipOutputStream out = new ZipOutputStream(file);
                Stream<Path> parts = Files.list(directory)) {
            for (Path part : parts.toList()) {
                out.putNextEntry(new ZipEntry(prefix + part.getFileName()));
                Files.copy(part, out);
            }
        }
        return zip;
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> parts = Files.list(from)) {
            for (Path part : parts.toList()) {
                Files.copy(part, to.resolve(part.getFileName().toString()));
            }
        }
    }

    private static Path tinyPackage() throws IOException {
        try {
            URL found = PackageFormatTest.class.getResource("/models/tiny-align/model.json");
            if (found == null) {
                throw new IOException("the test package is missing");
            }
            return Path.of(found.toURI()).resolveSibling("");
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }
}
