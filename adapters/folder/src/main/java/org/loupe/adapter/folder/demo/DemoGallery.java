package org.loupe.adapter.folder.demo;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.loupe.media.MediaTypes;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Photographs and their damaged copies, written into the demo's folder one after the other as uploads would arrive. */
final class DemoGallery {
    /** The bundled photographs, see {@code demo/CREDITS.md}. */
    private static final List<String> BUNDLED = List.of(
            "canyon-wren",
            "lake-sherburne",
            "oakland-zoo-otters",
            "perched-osprey",
            "roman-colosseum",
            "the-spices-of-life");

    /** More of a user's photographs make a table nobody reads; {@code loupe watch} is for whole folders. */
    static final int MOST_PHOTOGRAPHS = 12;

    private static final float SOUND_JPEG_QUALITY = 0.95f;

    private final Path folder;

    /** @param folder where the pictures go; exists */
    DemoGallery(Path folder) {
        this.folder = folder;
    }

    /**
     * One photograph and its copies.
     *
     * @param name for the table
     * @param sound the photograph as it was
     * @param damaged its copies
     */
    record Entry(String name, Path sound, Map<Degradation, Path> damaged) {}

    /** Writes the bundled photographs. */
    List<Entry> bundled() throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (String name : BUNDLED) {
            Path sound = folder.resolve(name + ".jpg");
            try (InputStream in = DemoGallery.class.getResourceAsStream("/demo/" + name + ".jpg")) {
                if (in == null) {
                    throw new IOException("the photograph " + name + " is missing from this installation");
                }
                Files.copy(in, sound);
            }
            BufferedImage rgb = PictureFile.read(sound).orElseThrow();
            entries.add(new Entry(name, sound, damage(name, rgb)));
        }
        return entries;
    }

    /**
     * Writes copies of a user's photographs, reduced to {@link PictureFile#LONG_SIDE_PIXELS}; the folder they come from is only read.
     *
     * @throws ScoringException INVALID_REQUEST if there is nothing the demo can use
     */
    List<Entry> of(Path photographs) throws IOException {
        List<Path> found;
        try (Stream<Path> files = Files.list(photographs)) {
            found = files.filter(Files::isRegularFile)
                    .filter(file -> MediaTypes.isStill(MediaTypes.detect(file)))
                    .sorted()
                    .toList();
        }
        List<Entry> entries = new ArrayList<>();
        for (Path file : found) {
            if (entries.size() == MOST_PHOTOGRAPHS) {
                break;
            }
            Optional<BufferedImage> rgb = PictureFile.read(file);
            if (rgb.isPresent()) {
                // The number keeps a.jpg and a.png apart.
                String name = String.format("%02d-", entries.size() + 1)
                        + String.valueOf(file.getFileName()).replaceFirst("\\.[^.]*$", "");
                Path sound = folder.resolve(name + ".jpg");
                PictureFile.writeJpeg(rgb.get(), SOUND_JPEG_QUALITY, sound);
                entries.add(new Entry(name, sound, damage(name, rgb.get())));
            }
        }
        if (entries.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "no photograph the demo can copy lies directly in " + photographs
                            + "; it takes JPEG, PNG, GIF, BMP and TIFF. For everything else: loupe score " + photographs
                            + " --recursive");
        }
        return entries;
    }

    private Map<Degradation, Path> damage(String name, BufferedImage rgb) throws IOException {
        Map<Degradation, Path> copies = new EnumMap<>(Degradation.class);
        for (Degradation degradation : Degradation.values()) {
            Path copy = folder.resolve(name + "_" + degradation.id() + ".jpg");
            BufferedImage damaged = degradation.apply(rgb, new Random(name.hashCode()));
            PictureFile.writeJpeg(damaged, degradation.jpegQuality(), copy);
            copies.put(degradation, copy);
        }
        return copies;
    }
}
