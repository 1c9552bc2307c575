package org.loupe.it.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.client.ClientConfig;
import org.loupe.client.MediaContent;
import org.loupe.client.ScoreOptions;
import org.loupe.client.ScoringClient;
import org.loupe.embedded.EmbeddedScorer;
import org.loupe.score.ScoredMedia;
import org.loupe.score.Task;

/** Media above the inline limit travel as uploads without the caller noticing. */
class LargeMediaIT {
    private static final int SIDE_PIXELS = 3740; // three bytes a pixel make 40 MiB

    @TempDir
    private Path scratch;

    @Test
    void scoresA40MegabyteTiffAsItScoresTheSamePixelsInOneMessage() throws IOException {
        BufferedImage picture = enlargedPhoto();
        Path large = write(picture, "none.tif", null);
        Path small = write(picture, "packed.tif", "ZLib");
        assertThat(Files.size(large)).isGreaterThan(40_000_000).isGreaterThan(ScoringClient.INLINE_BYTES);
        assertThat(Files.size(small)).isLessThan(ScoringClient.INLINE_BYTES);

        try (EmbeddedScorer.Running server = EmbeddedScorer.find().orElseThrow().start(Map.of());
                ScoringClient client = ScoringClient.connect(ClientConfig.of(server.target()))) {
            ScoredMedia uploaded = client.score(MediaContent.of(large), ScoreOptions.DEFAULT);
            ScoredMedia inline = client.score(MediaContent.of(small), ScoreOptions.DEFAULT);

            assertThat(uploaded.mediaType()).isEqualTo("image/tiff");
            assertThat(uploaded.scores().keySet()).containsExactly(Task.QUALITY, Task.AESTHETICS);
            assertThat(uploaded.scores()).isEqualTo(inline.scores());
        }
    }

    private static BufferedImage enlargedPhoto() throws IOException {
        try (InputStream in = LargeMediaIT.class.getResourceAsStream("/demo/canyon-wren.jpg")) {
            BufferedImage photo = ImageIO.read(in);
            BufferedImage large = new BufferedImage(SIDE_PIXELS, SIDE_PIXELS, BufferedImage.TYPE_3BYTE_BGR);
            Graphics2D graphics = large.createGraphics();
            graphics.drawImage(photo, 0, 0, SIDE_PIXELS, SIDE_PIXELS, null);
            graphics.dispose();
            return large;
        }
    }

    private Path write(BufferedImage picture, String name, String compression) throws IOException {
        Path file = scratch.resolve(name);
        ImageWriter writer = ImageIO.getImageWritersByFormatName("tiff").next();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            if (compression != null) {
                parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
                parameters.setCompressionType(compression);
            }
            writer.setOutput(out);
            writer.write(null, new IIOImage(picture, null, null), parameters);
        } finally {
            writer.dispose();
        }
        return file;
    }
}
