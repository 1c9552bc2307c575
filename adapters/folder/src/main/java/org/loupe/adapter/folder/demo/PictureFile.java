package org.loupe.adapter.folder.demo;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Reads and writes the demo's pictures with what the JDK brings: the demo only makes copies, the scorer has its own decoder. */
final class PictureFile {
    /** Large enough to judge, small enough that a folder of camera photographs is done in seconds. */
    static final int LONG_SIDE_PIXELS = 1024;

    private PictureFile() {}

    /** @return the picture as RGB, at most {@link #LONG_SIDE_PIXELS} long, or nothing when the JDK cannot read it */
    static Optional<BufferedImage> read(Path file) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        if (image == null) {
            return Optional.empty();
        }
        int width = image.getWidth();
        int height = image.getHeight();
        // Halving in steps keeps bilinear interpolation free of aliasing.
        BufferedImage current = draw(image, width, height);
        while (Math.max(width, height) > LONG_SIDE_PIXELS) {
            double scale = Math.max(0.5, LONG_SIDE_PIXELS / (double) Math.max(width, height));
            width = Math.max(1, (int) Math.round(width * scale));
            height = Math.max(1, (int) Math.round(height * scale));
            current = draw(current, width, height);
        }
        return Optional.of(current);
    }

    /** @param quality 0..1 as the JDK's JPEG writer counts */
    static void writeJpeg(BufferedImage rgb, float quality, Path file) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionQuality(quality);
            writer.setOutput(out);
            writer.write(null, new IIOImage(rgb, null, null), parameters);
        } finally {
            writer.dispose();
        }
    }

    private static BufferedImage draw(BufferedImage image, int width, int height) {
        BufferedImage rgb = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = rgb.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(image, 0, 0, width, height, null);
        graphics.dispose();
        return rgb;
    }
}
