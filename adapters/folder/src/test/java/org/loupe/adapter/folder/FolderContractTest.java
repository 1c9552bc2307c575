package org.loupe.adapter.folder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.loupe.ingest.AssetSource;
import org.loupe.ingest.ScoreSink;
import org.loupe.testkit.AbstractRepositoryContract;
import org.loupe.testkit.RepositoryUnderTest;

/** The contract of every adapter, kept by a folder. */
class FolderContractTest extends AbstractRepositoryContract {
    @Override
    protected RepositoryUnderTest open(Path directory) throws IOException {
        return new FolderUnderTest(Files.createDirectories(directory).toRealPath());
    }

    private static final class FolderUnderTest implements RepositoryUnderTest {
        private static final Pattern FIELD = Pattern.compile("<loupe:(\\w+)>([^<]*)</loupe:");

        private final Path root;
        private final FolderPaths paths;
        private final FolderSink sink;
        private @Nullable StableFiles changes;

        FolderUnderTest(Path root) {
            this.root = root;
            this.paths = new FolderPaths(root);
            this.sink = new FolderSink(paths, new XmpSidecar(root, SidecarName.FULL, null), file -> Set.of());
        }

        @Override
        public AssetSource source() {
            return paths;
        }

        @Override
        public ScoreSink sink() {
            return sink;
        }

        @Override
        public String put(String name, byte[] bytes) throws IOException {
            return paths.id(Files.write(root.resolve(name), bytes)).orElseThrow();
        }

        /** Read as text, past the XMP library. */
        @Override
        public Map<String, String> fields(String assetId) throws IOException {
            Path sidecar = root.resolve(assetId + ".xmp");
            Map<String, String> fields = new HashMap<>();
            if (Files.exists(sidecar)) {
                Matcher field = FIELD.matcher(Files.readString(sidecar));
                while (field.find()) {
                    fields.put(snakeCase(field.group(1)), field.group(2));
                }
            }
            return fields;
        }

        @Override
        public Iterable<String> assetIds() throws IOException {
            return Fixtures.filesIn(root).stream()
                    .filter(file -> !SidecarName.isSidecar(file))
                    .map(file -> paths.id(file).orElseThrow())
                    .toList();
        }

        @Override
        public void subscribe(Consumer<String> changed) {
            StableFiles watching = new StableFiles(
                    root,
                    directory -> false,
                    Duration.ZERO,
                    Duration.ofSeconds(1),
                    Clock.systemUTC(),
                    new Telling(file -> changed.accept(paths.id(file).orElseThrow())));
            changes = watching;
            try {
                watching.start();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            if (changes != null) {
                changes.close();
            }
        }

        private static String snakeCase(String name) {
            return name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(java.util.Locale.ROOT);
        }
    }

    private record Telling(Consumer<Path> stables) implements StableFiles.Listener {
        @Override
        public void stable(Path file) {
            stables.accept(file);
        }

        @Override
        public void refused(Path path, String why) {}

        @Override
        public void leftOver(Path file) {}
    }
}
