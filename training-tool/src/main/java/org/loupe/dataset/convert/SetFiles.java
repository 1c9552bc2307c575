package org.loupe.dataset.convert;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * The files of an unpacked set. Archives differ in the folders they unpack to, so label files are found by name anywhere, and pictures by
 * the longest part of their path that is told.
 */
final class SetFiles {
    /** Published sets nest their folders two or three deep. */
    private static final int DEPTH = 8;

    private final Path folder;
    private final List<Path> files;
    private final Map<String, List<Path>> byName = new LinkedHashMap<>();

    private SetFiles(Path folder, List<Path> files) {
        this.folder = folder;
        this.files = files;
        for (Path file : files) {
            byName.computeIfAbsent(file.getFileName().toString().toLowerCase(Locale.ROOT), n -> new ArrayList<>())
                    .add(file);
        }
    }

    /** @throws ScoringException IO_FAILED; INVALID_REQUEST if it is no folder */
    static SetFiles of(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, folder + " is no folder; give the one the set was unpacked to");
        }
        Path whole = folder.toAbsolutePath().normalize();
        try (Stream<Path> walk = Files.walk(whole, DEPTH, FileVisitOption.FOLLOW_LINKS)) {
            return new SetFiles(
                    whole, walk.filter(Files::isRegularFile).sorted().toList());
        } catch (IOException | java.io.UncheckedIOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot read " + folder + ": " + e.getMessage(), e);
        }
    }

    /**
     * @param name of a label file, letter case and spaces or underscores do not matter
     * @throws ScoringException INVALID_REQUEST if it is not there
     */
    Path labels(String name) {
        return find(name)
                .orElseThrow(() -> new ScoringException(
                        ErrorReason.INVALID_REQUEST, "there is no " + name + " in " + folder + " or below it"));
    }

    /** As {@link #labels}, of a file that may be absent. */
    Optional<Path> find(String name) {
        String wanted = plain(name);
        return files.stream()
                .filter(file -> plain(file.getFileName().toString()).equals(wanted))
                .findFirst();
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /**
     * @param name as the labels tell it: a file name or the end of a path
     * @param prefer of several, such as one picture in two sizes
     */
    Optional<Path> picture(String name, Predicate<Path> prefer) {
        Path told;
        try {
            told = Path.of(name);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
        if (told.getFileName() == null) {
            return Optional.empty();
        }
        List<Path> same =
                byName.getOrDefault(told.getFileName().toString().toLowerCase(Locale.ROOT), List.of()).stream()
                        .filter(file -> told.getNameCount() == 1 || file.endsWith(told))
                        .toList();
        return same.stream().filter(prefer).findFirst().or(() -> same.stream().findFirst());
    }

    /** As {@link #picture(String, Predicate)}, of names that are used once. */
    Optional<Path> picture(String name) {
        return picture(name, file -> true);
    }
}
