package org.loupe.training.data;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.xmp.XmpDirectory;
import com.drew.metadata.xmp.XmpReader;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.loupe.media.MediaTypes;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/**
 * A folder of photographs that somebody gave stars, as Lightroom, digiKam, darktable or Bridge keep them: {@code xmp:Rating} in a sidecar
 * ({@code photo.jpg.xmp} or {@code photo.xmp}), in the file itself, or the EXIF rating. One to five stars are a MOS of 1 to 5 by one person;
 * no stars means that nobody has looked, and rejected (-1) is no rating either, so both are left out.
 */
final class StarFolder {
    private static final String RATING = "xmp:Rating";
    /** The tag that Windows and many cameras write. */
    private static final int EXIF_RATING = 0x4746;
    /** Sidecars with masks reach a few MiB. */
    private static final long MAX_SIDECAR_BYTES = 16L << 20;

    private static final int STARS = 5;

    private StarFolder() {}

    /**
     * @param task what the stars stand for
     * @throws ScoringException INVALID_REQUEST if no photograph has stars; IO_FAILED if the folder cannot be read
     */
    static List<Rated> read(Path folder, Task task) {
        List<Rated> items = new ArrayList<>();
        int seen = 0;
        for (Path file : photographs(folder)) {
            seen++;
            OptionalInt stars = stars(file);
            if (stars.isPresent() && stars.getAsInt() >= 1 && stars.getAsInt() <= STARS) {
                items.add(new Rated(file, folder.relativize(file).toString(), task, stars.getAsInt()));
            }
        }
        if (items.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    (seen == 0 ? "there is no photograph in " : "none of the " + seen + " photographs in ") + folder
                            + (seen == 0 ? "; " : " has stars; ")
                            + "looked for xmp:Rating in sidecars and files, and for the EXIF rating");
        }
        return List.copyOf(items);
    }

    private static List<Path> photographs(Path folder) {
        List<Path> found = new ArrayList<>();
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                        throws IOException {
                    return !directory.equals(folder) && Files.isHidden(directory)
                            ? FileVisitResult.SKIP_SUBTREE
                            : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    if (attributes.isRegularFile()
                            && !Files.isHidden(file)
                            && MediaTypes.isStill(MediaTypes.detect(file))) {
                        found.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw ScoringException.cannotRead(folder, e);
        }
        Collections.sort(found);
        return found;
    }

    /** The sidecar first: programs that write one do so because they do not touch the file. */
    private static OptionalInt stars(Path file) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        for (Path sidecar : List.of(
                file.resolveSibling(name + ".xmp"),
                file.resolveSibling((dot > 0 ? name.substring(0, dot) : name) + ".xmp"))) {
            OptionalInt stars = Files.isRegularFile(sidecar) ? rating(sidecar(sidecar)) : OptionalInt.empty();
            if (stars.isPresent()) {
                return stars;
            }
        }
        return rating(embedded(file));
    }

    private static @Nullable Metadata sidecar(Path sidecar) {
        try {
            if (Files.size(sidecar) > MAX_SIDECAR_BYTES) {
                return null;
            }
            Metadata metadata = new Metadata();
            new XmpReader().extract(Files.readAllBytes(sidecar), metadata);
            return metadata;
        } catch (IOException e) {
            throw ScoringException.cannotRead(sidecar, e);
        }
    }

    private static @Nullable Metadata embedded(Path file) {
        try {
            return ImageMetadataReader.readMetadata(file.toFile());
        } catch (ImageProcessingException e) {
            return null; // a file without readable metadata has no stars
        } catch (IOException e) {
            throw ScoringException.cannotRead(file, e);
        }
    }

    private static OptionalInt rating(@Nullable Metadata metadata) {
        if (metadata == null) {
            return OptionalInt.empty();
        }
        for (XmpDirectory xmp : metadata.getDirectoriesOfType(XmpDirectory.class)) {
            String text = xmp.getXmpProperties().get(RATING);
            if (text != null) {
                try {
                    return OptionalInt.of((int) Math.rint(Double.parseDouble(text)));
                } catch (NumberFormatException e) {
                    // somebody else's idea of a rating; the EXIF one may still be a number
                }
            }
        }
        for (ExifIFD0Directory exif : metadata.getDirectoriesOfType(ExifIFD0Directory.class)) {
            Integer stars = exif.getInteger(EXIF_RATING);
            if (stars != null) {
                return OptionalInt.of(stars);
            }
        }
        return OptionalInt.empty();
    }
}
