package org.loupe.adapter.folder;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import org.loupe.client.MediaContent;
import org.loupe.ingest.AssetSource;

/** Paths below one root and their asset ids: the relative path with {@code /} between names, so a folder may move with its state. */
final class FolderPaths implements AssetSource {
    private final Path root;

    /** @param root real path */
    FolderPaths(Path root) {
        this.root = root;
    }

    /**
     * @return nothing if the name cannot be turned into text and back, as happens to names in another encoding than the system's: such
     *     a file could be found but never opened again
     */
    Optional<String> id(Path file) {
        String relative = root.relativize(file).toString();
        try {
            if (!root.resolve(relative).equals(file)) {
                return Optional.empty();
            }
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
        return Optional.of(File.separatorChar == '/' ? relative : relative.replace(File.separatorChar, '/'));
    }

    Path file(String assetId) {
        return root.resolve(assetId);
    }

    /** Files that have gone, or have become something else than a file, are none of ours any more. */
    @Override
    public Optional<MediaContent> open(String assetId) {
        Path file = file(assetId);
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                ? Optional.of(MediaContent.of(file))
                : Optional.empty();
    }
}
