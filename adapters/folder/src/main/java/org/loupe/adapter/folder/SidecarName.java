package org.loupe.adapter.folder;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Locale;

/** How a sidecar is called when none exists yet. */
public enum SidecarName {
    /** {@code photo.jpg.xmp}, as digiKam and darktable do: never shared by two files. */
    FULL,
    /** {@code photo.xmp}, as Adobe's programs do. */
    STEM;

    /** The ending of every sidecar, compared without regard to case. */
    static final String SUFFIX = ".xmp";

    /** Looks into a sidecar that several files could share. */
    @FunctionalInterface
    interface Ownership {
        /** @return whether the scores in {@code sidecar} are those of the file in question */
        boolean holds(Path sidecar) throws IOException;
    }

    /**
     * The sidecar to read and write for a file. One that exists wins over the preference, because another program reads it; with both
     * present, the preference decides. {@code photo.xmp} is ours to use only if {@code photo.jpg} is the only {@code photo.*}: beside
     * {@code photo.cr2} it belongs to the raw file, and beside {@code photo.png} two scores would fight over it. The one exception is
     * a {@code photo.xmp} that already holds this very file's scores, written before the other file came.
     *
     * @param media the file, which need not exist
     * @param own asked only about a shared {@code photo.xmp} that exists
     * @throws IOException if the directory cannot be listed
     */
    Path locate(Path media, Ownership own) throws IOException {
        Path full = existing(media.resolveSibling(media.getFileName() + SUFFIX));
        String stem = stem(media);
        Path stemmed = existing(media.resolveSibling(stem + SUFFIX));
        if (stemmed.equals(full)) { // a file without an extension
            return full;
        }
        boolean fullExists = Files.exists(full, LinkOption.NOFOLLOW_LINKS);
        boolean stemExists = Files.exists(stemmed, LinkOption.NOFOLLOW_LINKS);
        if (fullExists && (this == FULL || !stemExists)) {
            return full;
        }
        if (this == FULL && !stemExists) {
            return full;
        }
        if (aloneWithStem(media, stem) || (stemExists && own.holds(stemmed))) {
            return stemmed;
        }
        return full;
    }

    /** Some programs and file systems write the ending in capitals; only these two spellings occur in practice. */
    private static Path existing(Path sidecar) {
        if (!Files.exists(sidecar, LinkOption.NOFOLLOW_LINKS)) {
            String name = sidecar.getFileName().toString();
            Path upper = sidecar.resolveSibling(
                    name.substring(0, name.length() - SUFFIX.length()) + SUFFIX.toUpperCase(Locale.ROOT));
            if (Files.exists(upper, LinkOption.NOFOLLOW_LINKS)) {
                return upper;
            }
        }
        return sidecar;
    }

    private static boolean aloneWithStem(Path media, String stem) throws IOException {
        try (DirectoryStream<Path> siblings =
                Files.newDirectoryStream(media.toAbsolutePath().getParent(), other -> sharesStem(media, stem, other))) {
            return !siblings.iterator().hasNext();
        }
    }

    private static boolean sharesStem(Path media, String stem, Path other) {
        return stem(other).equals(stem)
                && !other.getFileName().equals(media.getFileName())
                && !isSidecar(other)
                && !Files.isDirectory(other, LinkOption.NOFOLLOW_LINKS);
    }

    /** @return whether the name is that of a sidecar */
    static boolean isSidecar(Path path) {
        return path.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(SUFFIX);
    }

    private static String stem(Path path) {
        String name = path.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot <= 0 ? name : name.substring(0, dot);
    }
}
