package org.loupe.cli;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.loupe.media.MediaTypes;
import org.loupe.score.ScoringException;

/**
 * What the paths of a command line mean. A file that was named is always taken, so that its refusal is seen; in a folder only photos and
 * videos are, told by their content, and hidden files and folders are left alone.
 */
final class MediaFiles {
    private final boolean recursive;
    private final List<Path> files = new ArrayList<>();
    private int leftOut;

    MediaFiles(boolean recursive) {
        this.recursive = recursive;
    }

    /** @return the media in the order of the paths, folders sorted by name */
    List<Path> of(List<Path> paths) throws IOException {
        for (Path path : paths) {
            if (Files.isDirectory(path)) {
                addFolder(path);
            } else {
                files.add(path);
            }
        }
        return Collections.unmodifiableList(files);
    }

    /** @return files in folders that are neither photo nor video */
    int leftOut() {
        return leftOut;
    }

    private void addFolder(Path folder) throws IOException {
        List<Path> found = new ArrayList<>();
        Set<FileVisitOption> links = EnumSet.of(FileVisitOption.FOLLOW_LINKS); // loops end in visitFileFailed
        Files.walkFileTree(folder, links, recursive ? Integer.MAX_VALUE : 1, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                return !directory.equals(folder) && Files.isHidden(directory)
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isRegularFile() && !Files.isHidden(file)) {
                    if (isMedium(file)) {
                        found.add(file);
                    } else {
                        leftOut++;
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                found.add(file); // scoring it tells what is wrong
                return FileVisitResult.CONTINUE;
            }
        });
        Collections.sort(found);
        files.addAll(found);
    }

    private static boolean isMedium(Path file) {
        try {
            return MediaTypes.isSupported(MediaTypes.detect(file));
        } catch (ScoringException unreadable) {
            return true; // scoring it tells what is wrong
        }
    }
}
