package org.loupe.dataset.check;

import java.util.SplittableRandom;
import org.loupe.decode.Frame;

/** Pictures that look as different from one another as photographs do: a few large patches of colour, some texture, a little grain. */
final class Scenes {
    private static final int WAVES = 14;

    private Scenes() {}

    static Frame scene(long seed, int width, int height) {
        SplittableRandom random = new SplittableRandom(seed);
        double[][] waves = new double[WAVES][];
        for (int w = 0; w < WAVES; w++) {
            double scale = w < 9 ? 9 : 90; // most of it large, some of it fine
            waves[w] = new double[] {
                (random.nextDouble() - 0.5) * 2 * scale,
                (random.nextDouble() - 0.5) * 2 * scale,
                random.nextDouble() * 2 * Math.PI,
                (w < 9 ? 34 : 9) * random.nextDouble(),
                random.nextInt(3)
            };
        }
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double[] colour = {120, 120, 120};
                for (double[] wave : waves) {
                    double value = wave[3] * Math.sin(wave[0] * x / width + wave[1] * y / height + wave[2]);
                    for (int c = 0; c < 3; c++) {
                        colour[c] += c == (int) wave[4] ? 1.4 * value : value;
                    }
                }
                for (int c = 0; c < 3; c++) {
                    double grainy = colour[c] + 2 * random.nextGaussian();
                    rgb[3 * (y * width + x) + c] = (byte) Math.min(255, Math.max(0, Math.rint(grainy)));
                }
            }
        }
        return new Frame(width, height, rgb);
    }

    static Frame mirrored(Frame frame) {
        byte[] rgb = new byte[frame.rgb().length];
        for (int y = 0; y < frame.height(); y++) {
            for (int x = 0; x < frame.width(); x++) {
                int from = 3 * (y * frame.width() + frame.width() - 1 - x);
                System.arraycopy(frame.rgb(), from, rgb, 3 * (y * frame.width() + x), 3);
            }
        }
        return new Frame(frame.width(), frame.height(), rgb);
    }

    static Frame cropped(Frame frame, double share) {
        int x0 = (int) (share * frame.width());
        int y0 = (int) (share * frame.height());
        int width = frame.width() - 2 * x0;
        int height = frame.height() - 2 * y0;
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0; y < height; y++) {
            System.arraycopy(frame.rgb(), 3 * ((y + y0) * frame.width() + x0), rgb, 3 * y * width, 3 * width);
        }
        return new Frame(width, height, rgb);
    }
}
