package org.loupe.adapter.folder;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.loupe.metadata.ScoreFields;
import org.loupe.score.Level;
import org.loupe.score.LevelProbabilities;
import org.loupe.score.ModelRef;
import org.loupe.score.Score;
import org.loupe.score.ScoredMedia;
import org.loupe.score.Task;

/** Pictures and scores for the tests of this package. */
final class Fixtures {
    static final String DIGEST = "ab".repeat(32);
    static final String OTHER_DIGEST = "cd".repeat(32);
    static final Instant WHEN = Instant.parse("2026-11-23T10:15:30Z");

    private Fixtures() {}

    static ScoreFields scores(double quality, double aesthetics) {
        return fields(Map.of(Task.QUALITY, quality, Task.AESTHETICS, aesthetics), DIGEST, WHEN);
    }

    static ScoreFields quality(double mos, String sha256) {
        return fields(Map.of(Task.QUALITY, mos), sha256, WHEN);
    }

    static ScoreFields fields(Map<Task, Double> mos, String sha256, Instant when) {
        Map<Task, Score> scores = new EnumMap<>(Task.class);
        mos.forEach((task, value) -> scores.put(
                task,
                new Score(
                        task,
                        value.floatValue(),
                        Level.ofMos(value),
                        new LevelProbabilities(List.of("good", "bad"), List.of(0.5f, 0.5f)),
                        List.of(0f, 0f))));
        ModelRef model = new ModelRef("loupe-small", "1", OTHER_DIGEST);
        return ScoreFields.of(new ScoredMedia("image/jpeg", model, 1, sha256, scores), when);
    }

    /** Writes a small JPEG of its own for each seed. */
    static Path jpeg(Path file, int seed) {
        Random random = new Random(seed);
        BufferedImage image = new BufferedImage(48, 32, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        for (int i = 0; i < 12; i++) {
            graphics.setColor(new Color(random.nextInt(0x1000000)));
            graphics.fillRect(random.nextInt(48), random.nextInt(32), 4 + random.nextInt(20), 4 + random.nextInt(20));
        }
        graphics.dispose();
        try {
            ImageIO.write(image, "jpg", file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    static String sha256(Path file) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static List<Path> filesIn(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /** A sidecar such as other programs write, around the given properties. */
    static String xmp(String properties) {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <x:xmpmeta xmlns:x="adobe:ns:meta/">
                 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
                  <rdf:Description rdf:about=""
                    xmlns:dc="http://purl.org/dc/elements/1.1/"
                    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
                    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
                    xmlns:digiKam="http://www.digikam.org/ns/1.0/"
                    xmlns:acme="http://acme.example/film/">
                %s
                  </rdf:Description>
                 </rdf:RDF>
                </x:xmpmeta>
                """.formatted(properties);
    }

    static byte[] xmpBytes(String properties) {
        return xmp(properties).getBytes(StandardCharsets.UTF_8);
    }
}
