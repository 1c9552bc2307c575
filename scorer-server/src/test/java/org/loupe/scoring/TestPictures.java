package org.loupe.scoring;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/** Small pictures made on the spot. */
public final class TestPictures {
    private TestPictures() {}

    /** @return an 8 x 8 PNG whose red is the number, so that each number below 256 is another file */
    public static byte[] png(int number) {
        return plain(number << 16);
    }

    /** @return an 8 x 8 PNG of that colour, another file for each of 2^24 */
    public static byte[] plain(int rgb) {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 64; i++) {
            image.setRGB(i % 8, i / 8, rgb);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
