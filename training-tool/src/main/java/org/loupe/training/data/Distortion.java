package org.loupe.training.data;

import java.util.SplittableRandom;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Point;
import org.bytedeco.opencv.opencv_core.Size;
import org.loupe.decode.Frame;

/**
 * Ways a photograph gets worse, each in five levels from just visible (1) to gross (5). What a type leaves to chance (angle, kind of
 * noise, brighter or darker) is drawn from the seed alone, so that the levels of one seed form one chain of growing damage.
 */
public enum Distortion {
    /** Gaussian blur, standard deviation in pixels. */
    BLUR(0.6, 1.1, 1.8, 3, 5) {
        @Override
        Frame apply(Frame frame, double sd, SplittableRandom random) {
            return Pictures.filter(frame, (in, out) -> {
                try (Size automatic = new Size(0, 0)) {
                    opencv_imgproc.GaussianBlur(in, out, automatic, sd);
                }
            });
        }
    },
    /** Camera shake along a straight line, its length in pixels. */
    MOTION(3, 5, 9, 15, 25) {
        @Override
        Frame apply(Frame frame, double length, SplittableRandom random) {
            double angle = random.nextDouble() * Math.PI;
            return Pictures.filter(frame, (in, out) -> {
                try (Mat kernel = lineKernel((int) length, angle);
                        Point centre = new Point(-1, -1)) {
                    opencv_imgproc.filter2D(in, out, -1, kernel, centre, 0, opencv_core.BORDER_REFLECT_101);
                }
            });
        }
    },
    /** Sensor noise, standard deviation on the 0..255 scale: per channel, grey, or growing with brightness (shot noise). */
    NOISE(4, 8, 14, 24, 40) {
        @Override
        Frame apply(Frame frame, double sd, SplittableRandom random) {
            int kind = random.nextInt(3);
            byte[] rgb = frame.rgb().clone();
            for (int i = 0; i < rgb.length; i += 3) {
                double grey = kind == 1 ? random.nextGaussian() * sd : 0;
                for (int c = i; c < i + 3; c++) {
                    int value = rgb[c] & 0xff;
                    double added =
                            switch (kind) {
                                case 0 -> random.nextGaussian() * sd;
                                case 1 -> grey;
                                default -> random.nextGaussian() * sd * Math.sqrt(value / 128.0);
                            };
                    rgb[c] = clamp(value + added);
                }
            }
            return new Frame(frame.width(), frame.height(), rgb);
        }
    },
    /** JPEG at that quality. */
    JPEG(55, 32, 20, 12, 6) {
        @Override
        Frame apply(Frame frame, double quality, SplittableRandom random) {
            return Pictures.recode(frame, ".jpg", (int) quality);
        }
    },
    /** Lossy WebP at that quality. */
    WEBP(50, 30, 18, 8, 2) {
        @Override
        Frame apply(Frame frame, double quality, SplittableRandom random) {
            return Pictures.recode(frame, ".webp", (int) quality);
        }
    },
    /** Reduced by that factor and enlarged again. */
    RESIZE(1.5, 2, 3, 4.5, 7) {
        @Override
        Frame apply(Frame frame, double factor, SplittableRandom random) {
            int up = random.nextBoolean() ? opencv_imgproc.INTER_LINEAR : opencv_imgproc.INTER_CUBIC;
            return Pictures.filter(frame, (in, out) -> {
                try (Mat small = new Mat();
                        Size reduced = new Size(Math.max(1, (int) (frame.width() / factor)), Math.max(1, (int)
                                (frame.height() / factor)));
                        Size full = new Size(frame.width(), frame.height())) {
                    opencv_imgproc.resize(in, small, reduced, 0, 0, opencv_imgproc.INTER_AREA);
                    opencv_imgproc.resize(small, out, full, 0, 0, up);
                }
            });
        }
    },
    /** Over- or underexposed by that many stops, in linear light. */
    EXPOSURE(0.35, 0.7, 1.1, 1.6, 2.2) {
        @Override
        Frame apply(Frame frame, double stops, SplittableRandom random) {
            double gain = Math.pow(2, random.nextBoolean() ? stops : -stops);
            return mapped(frame, v -> 255 * encode(gain * decode(v / 255.0)));
        }
    },
    /** Contrast taken away, or raised until tones are lost; the level's factor is for taking away. */
    CONTRAST(0.75, 0.55, 0.4, 0.28, 0.18) {
        @Override
        Frame apply(Frame frame, double factor, SplittableRandom random) {
            double[] raised = {1.3, 1.65, 2.1, 2.7, 3.5};
            double applied = random.nextBoolean() ? factor : raised[levelOf(factor) - 1];
            double mean = 0;
            for (byte b : frame.rgb()) {
                mean += b & 0xff;
            }
            double centre = mean / frame.rgb().length;
            return mapped(frame, v -> centre + (v - centre) * applied);
        }
    },
    /** Only that many tones left in each channel. */
    BANDING(32, 20, 12, 8, 5) {
        @Override
        Frame apply(Frame frame, double tones, SplittableRandom random) {
            return mapped(frame, v -> Math.rint(v / 255 * (tones - 1)) / (tones - 1) * 255);
        }
    },
    /** A colour cast, or colours faded, or oversaturated; the level's number is the strength of the cast. */
    COLOUR(0.08, 0.16, 0.26, 0.38, 0.5) {
        @Override
        Frame apply(Frame frame, double strength, SplittableRandom random) {
            int level = levelOf(strength);
            int kind = random.nextInt(3);
            double[] gain = {1, 1, 1};
            int raised = random.nextInt(3);
            gain[raised] += strength;
            gain[(raised + 1 + random.nextInt(2)) % 3] -= strength;
            double saturation = kind == 1
                    ? new double[] {0.75, 0.5, 0.3, 0.12, 0}[level - 1]
                    : kind == 2 ? new double[] {1.3, 1.7, 2.2, 2.8, 3.5}[level - 1] : 1;
            byte[] rgb = frame.rgb().clone();
            for (int i = 0; i < rgb.length; i += 3) {
                double y = 0.299 * (rgb[i] & 0xff) + 0.587 * (rgb[i + 1] & 0xff) + 0.114 * (rgb[i + 2] & 0xff);
                for (int c = 0; c < 3; c++) {
                    double v = rgb[i + c] & 0xff;
                    rgb[i + c] = clamp(kind == 0 ? v * gain[c] : y + (v - y) * saturation);
                }
            }
            return new Frame(frame.width(), frame.height(), rgb);
        }
    };

    /** The gross end. */
    public static final int LEVELS = 5;

    @SuppressWarnings("ImmutableEnumChecker") // never written after construction, never handed out
    private final double[] strengths;

    Distortion(double... strengths) {
        this.strengths = strengths;
    }

    abstract Frame apply(Frame frame, double strength, SplittableRandom random);

    /**
     * @param frame not changed
     * @param level 1 (just visible) to {@link #LEVELS} (gross)
     * @param seed what is left to chance; give one chain's levels the same
     * @return a new frame of the same size
     */
    public Frame apply(Frame frame, int level, long seed) {
        return apply(frame, strengths[level - 1], new SplittableRandom(seed * 31 + name().hashCode()));
    }

    int levelOf(double strength) {
        for (int i = 0; i < strengths.length; i++) {
            if (strengths[i] == strength) {
                return i + 1;
            }
        }
        throw new IllegalArgumentException(this + " has no level of strength " + strength);
    }

    private interface Tone {
        double of(double value);
    }

    private static Frame mapped(Frame frame, Tone tone) {
        byte[] table = new byte[256];
        for (int v = 0; v < 256; v++) {
            table[v] = clamp(tone.of(v));
        }
        byte[] rgb = new byte[frame.rgb().length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = table[frame.rgb()[i] & 0xff];
        }
        return new Frame(frame.width(), frame.height(), rgb);
    }

    private static byte clamp(double value) {
        return (byte) Math.min(255, Math.max(0, Math.rint(value)));
    }

    /** sRGB transfer curve, IEC 61966-2-1: 0..1 encoded to linear light. */
    private static double decode(double v) {
        return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
    }

    private static double encode(double v) {
        return v <= 0.0031308 ? v * 12.92 : 1.055 * Math.pow(v, 1 / 2.4) - 0.055;
    }

    /** A line of that length through the middle of a square, weights summing to 1, each sample spread over its four neighbours. */
    private static Mat lineKernel(int length, double angle) {
        float[] weights = new float[length * length];
        double middle = (length - 1) / 2.0;
        int samples = 8 * length;
        for (int s = 0; s < samples; s++) {
            double at = ((s + 0.5) / samples - 0.5) * (length - 1);
            double x = middle + at * Math.cos(angle);
            double y = middle + at * Math.sin(angle);
            int left = Math.min((int) x, length - 2);
            int top = Math.min((int) y, length - 2);
            double fx = x - left;
            double fy = y - top;
            weights[top * length + left] += (float) ((1 - fx) * (1 - fy) / samples);
            weights[top * length + left + 1] += (float) (fx * (1 - fy) / samples);
            weights[(top + 1) * length + left] += (float) ((1 - fx) * fy / samples);
            weights[(top + 1) * length + left + 1] += (float) (fx * fy / samples);
        }
        Mat kernel = new Mat(length, length, opencv_core.CV_32FC1);
        java.nio.FloatBuffer buffer = kernel.createBuffer();
        buffer.put(weights);
        return kernel;
    }
}
