package org.loupe.scoring;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelPackageWriter;
import org.loupe.modelpackage.ModelStore;

/** The tiny OneAlign under other names, whole or broken, in a store of the test's own. */
public final class TestPackages {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path store;

    /** @param store an empty directory */
    public TestPackages(Path store) {
        this.store = store;
    }

    /** Changes the parts of a package before it is sealed. */
    @FunctionalInterface
    public interface Change {
        void to(Path directory) throws IOException;
    }

    /** @return the digest of a whole package that differs from the others by its card */
    public String add(String name, String version) {
        return add(name, version, directory -> {});
    }

    /** @return the digest of the package, whose digest is right whatever was done to its parts */
    public String add(String name, String version, Change change) {
        try (ModelPackageWriter writer = ModelPackageWriter.to(place(name, version))) {
            copy(writer.directory());
            Files.delete(writer.directory().resolve(ModelPackage.MANIFEST));
            Files.writeString(
                    writer.directory().resolve(ModelPackage.CARD),
                    "\nThis is " + name + " " + version + ".\n",
                    StandardOpenOption.APPEND);
            change.to(writer.directory());
            try (ModelPackage written = writer.finish(manifest(name, version))) {
                return written.manifest().digest();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @return where a package of that name lies */
    public Path place(String name, String version) {
        return new ModelStore(store).place(name, version);
    }

    private Manifest manifest(String name, String version) throws IOException {
        Path renamed = Files.createTempDirectory(store, ".renamed");
        copy(renamed);
        ObjectNode json = (ObjectNode)
                JSON.readTree(Files.readString(renamed.resolve(ModelPackage.MANIFEST), StandardCharsets.UTF_8));
        json.put("name", name).put("version", version);
        Files.writeString(renamed.resolve(ModelPackage.MANIFEST), json.toString());
        try (ModelPackage opened = ModelPackage.open(renamed)) { // the digest does not cover the manifest
            return opened.manifest();
        }
    }

    private static void copy(Path target) throws IOException {
        for (String part : List.of(
                ModelPackage.MANIFEST,
                ModelPackage.GRAPH,
                ModelPackage.WEIGHTS,
                ModelPackage.LICENCE,
                ModelPackage.CARD)) {
            Files.copy(TestScoring.tinyPackage().resolve(part), target.resolve(part));
        }
    }
}
