package org.loupe.modelpackage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Adapter packages for tests that never run a graph: everything is real but the tensors, which are a few words. */
public final class TestAdapters {
    private TestAdapters() {}

    /**
     * Writes an adapter.
     *
     * @param place the package directory to come
     * @param base the manifest of the model it says it was made for
     * @param inputs the optional inputs it says it fills
     */
    public static AdapterPackage write(Path place, String name, String version, Manifest base, List<String> inputs) {
        try (AdapterPackageWriter writer = AdapterPackageWriter.to(place)) {
            Files.writeString(writer.directory().resolve(AdapterPackage.TENSORS), "no tensors of " + name + version);
            Files.writeString(writer.directory().resolve(AdapterPackage.LICENCE), "terms");
            Files.writeString(writer.directory().resolve(AdapterPackage.CARD), "card");
            return writer.finish(new AdapterManifest(
                    AdapterManifest.SCHEMA_VERSION,
                    name,
                    version,
                    "",
                    new AdapterManifest.Base(base.name(), base.version(), base.digest()),
                    base.precision(),
                    new Manifest.Source("a test", null),
                    new Manifest.Licence("MIT", "yes", null),
                    List.of(),
                    inputs,
                    Map.of()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
