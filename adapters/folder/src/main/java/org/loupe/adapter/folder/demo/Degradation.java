package org.loupe.adapter.folder.demo;

import java.awt.image.BufferedImage;
import java.awt.image.ConvolveOp;
import java.awt.image.Kernel;
import java.util.Locale;
import java.util.Random;

/**
 * What the demo does to a photograph. Strengths are plain to the eye at the demo's size, where nobody would prefer the copy; they are
 * fixed here and were not tuned to the model.
 */
enum Degradation {
    /** Gaussian blur, standard deviation 2.5 pixels: a missed focus. */
    BLURRED(0.92f) {
        @Override
        BufferedImage apply(BufferedImage rgb, Random random) {
            return convolve(convolve(rgb, gaussian(2.5), true), gaussian(2.5), false);
        }
    },
    /** Additive Gaussian noise, standard deviation 24 of 255 in every channel: a high-ISO night shot. */
    NOISY(0.92f) {
        @Override
        BufferedImage apply(BufferedImage rgb, Random random) {
            BufferedImage out = new BufferedImage(rgb.getWidth(), rgb.getHeight(), BufferedImage.TYPE_INT_RGB);
            for (int y = 0; y < rgb.getHeight(); y++) {
                for (int x = 0; x < rgb.getWidth(); x++) {
                    int pixel = rgb.getRGB(x, y);
                    int noisy = 0;
                    for (int shift = 16; shift >= 0; shift -= 8) {
                        long value = Math.round(((pixel >> shift) & 0xff) + 24 * random.nextGaussian());
                        noisy |= (int) Math.min(255, Math.max(0, value)) << shift;
                    }
                    out.setRGB(x, y, noisy);
                }
            }
            return out;
        }
    },
    /** JPEG at about quality 8: a picture that was sent around too often. */
    COMPRESSED(0.08f) {
        @Override
        BufferedImage apply(BufferedImage rgb, Random random) {
            return rgb; // the encoder does the harm
        }
    };

    private final float jpegQuality;

    Degradation(float jpegQuality) {
        this.jpegQuality = jpegQuality;
    }

    /**
     * @param rgb the sound photograph, {@code TYPE_INT_RGB}; not changed
     * @param random seeded by the caller so that every demo makes the same copies
     */
    abstract BufferedImage apply(BufferedImage rgb, Random random);

    /** @return the quality the copy is stored with, 0..1 as the JDK's JPEG writer counts */
    float jpegQuality() {
        return jpegQuality;
    }

    String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static float[] gaussian(double deviation) {
        int reach = (int) Math.ceil(3 * deviation);
        float[] weights = new float[2 * reach + 1];
        double sum = 0;
        for (int i = -reach; i <= reach; i++) {
            sum += Math.exp(-i * i / (2 * deviation * deviation));
        }
        for (int i = -reach; i <= reach; i++) {
            weights[i + reach] = (float) (Math.exp(-i * i / (2 * deviation * deviation)) / sum);
        }
        return weights;
    }

    private static BufferedImage convolve(BufferedImage image, float[] weights, boolean horizontal) {
        Kernel kernel = horizontal ? new Kernel(weights.length, 1, weights) : new Kernel(1, weights.length, weights);
        BufferedImage out = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        // The border keeps its sharp pixels: a rim of at most eight pixels, in the copy's favour.
        return new ConvolveOp(kernel, ConvolveOp.EDGE_NO_OP, null).filter(image, out);
    }
}
