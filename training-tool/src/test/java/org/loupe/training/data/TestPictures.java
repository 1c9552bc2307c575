package org.loupe.training.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.loupe.decode.Frame;

/** Pictures made up for tests: sky over ground, edges, texture, a little grain; different for every seed. */
public final class TestPictures {
    private TestPictures() {}

    public static Frame photo(long seed, int width, int height) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] colour = random.doubles(9, 40, 215).toArray();
        double angle = random.nextDouble() * Math.PI;
        double period = 5 + random.nextDouble() * 8;
        double horizon = height * (0.3 + 0.4 * random.nextDouble());
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int band = y < horizon ? 0 : (x / 23 + y / 17) % 2 == 0 ? 3 : 6;
                double wave = band == 0
                        ? 20.0 * y / height
                        : 22 * Math.sin((x * Math.cos(angle) + y * Math.sin(angle)) * 2 * Math.PI / period);
                double grain = random.nextGaussian() * 2;
                for (int c = 0; c < 3; c++) {
                    double value = colour[band + c] + wave + grain;
                    rgb[(y * width + x) * 3 + c] = (byte) Math.min(255, Math.max(0, Math.rint(value)));
                }
            }
        }
        return new Frame(width, height, rgb);
    }

    /** Writes a frame as a JPEG of quality 95. */
    public static void write(Frame frame, Path file) throws IOException {
        Files.write(file, Pictures.encode(frame, ".jpg", 95));
    }
}
