package org.loupe.modelpackage;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What lies in a store: {@code <root>/<name>/<version>/} with the manifest of a kind. */
final class StoredPackages {
    private StoredPackages() {}

    /** @return directories that hold a manifest of that kind, by name, then by version, oldest first; none where there is no store */
    static List<Path> list(Path root, PackageKind kind) {
        List<Path> found = new ArrayList<>();
        for (Path name : children(root, kind)) {
            List<Path> versions = new ArrayList<>(children(name, kind));
            versions.removeIf(version -> !Files.isRegularFile(version.resolve(kind.manifest())));
            versions.sort(
                    Comparator.comparing(version -> version.getFileName().toString(), ModelStore::compareVersions));
            found.addAll(versions);
        }
        return found;
    }

    private static List<Path> children(Path directory, PackageKind kind) {
        List<Path> found = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return found;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                // names beginning with a dot are packages still being written
                if (Files.isDirectory(entry) && !entry.getFileName().toString().startsWith(".")) {
                    found.add(entry);
                }
            }
        } catch (IOException e) {
            throw kind.unreadable(directory, e);
        }
        found.sort(Comparator.naturalOrder());
        return found;
    }
}
