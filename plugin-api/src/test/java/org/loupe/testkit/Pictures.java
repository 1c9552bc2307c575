package org.loupe.testkit;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;

/** Small pictures made on the spot; the same seed gives the same bytes. */
public final class Pictures {
    private Pictures() {}

    public static byte[] png(long seed) {
        return picture("png", seed);
    }

    public static byte[] jpeg(long seed) {
        return picture("jpg", seed);
    }

    /** @return bytes that begin as a JPEG and break off */
    public static byte[] corruptJpeg(long seed) {
        byte[] whole = jpeg(seed);
        return Arrays.copyOf(whole, whole.length / 2);
    }

    private static byte[] picture(String format, long seed) {
        Random random = new Random(seed);
        BufferedImage image = new BufferedImage(16, 12, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                image.setRGB(x, y, random.nextInt(1 << 24));
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, format, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
