package org.loupe.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.loupe.decode.DecodeBudget;
import org.loupe.decode.DecodeLimits;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaDecoder;
import org.loupe.decode.MediaSource;
import org.loupe.decode.Orientation;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** One second of a clip as a JPEG file of the clip's full size. */
final class CoverFile {
    /** Hardly told from the frame by eye, at a third of the bytes of the highest setting. */
    private static final float JPEG_QUALITY = 0.92f;

    private CoverFile() {}

    /**
     * Decodes the second again, seeking straight to it, and writes it; a file that is there is replaced once the new one is whole.
     *
     * @throws ScoringException IO_FAILED if the file cannot be written; as {@link MediaDecoder#frameAt}
     */
    static void write(Path clip, int second, Orientation orientation, Path to) {
        MediaDecoder decoder = new MediaDecoder(DecodeLimits.DEFAULT, DecodeBudget.ofHeap());
        Frame frame = decoder.frameAt(MediaSource.of(clip), second, orientation);
        Path part = to.resolveSibling(to.getFileName() + ".part");
        try {
            encode(frame, part);
            Files.move(part, to, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot write " + to + ": " + e.getMessage(), e);
        }
    }

    private static void encode(Frame frame, Path file) throws IOException {
        BufferedImage image = new BufferedImage(frame.width(), frame.height(), BufferedImage.TYPE_INT_RGB);
        int[] row = new int[frame.width()];
        byte[] rgb = frame.rgb();
        for (int y = 0, at = 0; y < frame.height(); y++) {
            for (int x = 0; x < row.length; x++, at += 3) {
                row[x] = ((rgb[at] & 0xff) << 16) | ((rgb[at + 1] & 0xff) << 8) | (rgb[at + 2] & 0xff);
            }
            image.setRGB(0, y, row.length, 1, row, 0, row.length);
        }
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (var out = Files.newOutputStream(file);
                ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
            ImageWriteParam how = writer.getDefaultWriteParam();
            how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            how.setCompressionQuality(JPEG_QUALITY);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), how);
        } finally {
            writer.dispose();
        }
    }
}
