package org.loupe.export.small;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.loupe.decode.Frame;

/** A good part of the statistics once more, in doubles and loops: slow, and easy to believe. For pictures of at least 64 pixels a side. */
final class PlainStatistics {
    private final Map<String, Double> values = new HashMap<>();

    private PlainStatistics() {}

    /** @return some of {@link FeatureGraph#names()} with their values */
    static Map<String, Double> of(Frame frame) {
        PlainStatistics statistics = new PlainStatistics();
        double[][] y = luminance(frame);
        statistics.exposure(y);
        for (int s = 0; s < 4; s++) {
            if (s > 0) {
                y = halve(y);
            }
            if (s < 3) {
                statistics.mscn("mscn" + s, y);
            }
            statistics.edges("edges" + s, y);
        }
        statistics.grid(luminance(frame));
        statistics.colour(frame);
        return statistics.values;
    }

    static double[][] luminance(Frame frame) {
        double[][] y = new double[frame.height()][frame.width()];
        for (int r = 0; r < frame.height(); r++) {
            for (int c = 0; c < frame.width(); c++) {
                y[r][c] = 0.299 * value(frame, r, c, 0) + 0.587 * value(frame, r, c, 1) + 0.114 * value(frame, r, c, 2);
            }
        }
        return y;
    }

    static int value(Frame frame, int row, int column, int channel) {
        return frame.rgb()[(row * frame.width() + column) * 3 + channel] & 0xff;
    }

    /** The plane m of the network's fourth channel. */
    static double[][][] normalise(double[][] y) {
        int height = y.length;
        int width = y[0].length;
        double[][] m = new double[height][width];
        double[][] sg = new double[height][width];
        double[] taps = new double[7];
        for (int i = 0; i < 7; i++) {
            taps[i] = Math.exp(-Math.pow((i - 3) / (7.0 / 6.0), 2) / 2);
        }
        double sum = Arrays.stream(taps).sum();
        for (int r = 0; r < height; r++) {
            for (int c = 0; c < width; c++) {
                double mean = 0;
                double square = 0;
                for (int i = -3; i <= 3; i++) {
                    for (int j = -3; j <= 3; j++) {
                        double v = y[reflect(r + i, height)][reflect(c + j, width)];
                        double weight = taps[i + 3] * taps[j + 3] / sum / sum;
                        mean += weight * v;
                        square += weight * v * v;
                    }
                }
                sg[r][c] = Math.sqrt(Math.max(0, square - mean * mean));
                m[r][c] = (y[r][c] - mean) / (sg[r][c] + 1);
            }
        }
        return new double[][][] {m, sg};
    }

    private static int reflect(int i, int n) {
        return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
    }

    static double[][] halve(double[][] plane) {
        double[][] half = new double[plane.length / 2][plane[0].length / 2];
        for (int r = 0; r < half.length; r++) {
            for (int c = 0; c < half[0].length; c++) {
                half[r][c] = (plane[2 * r][2 * c]
                                + plane[2 * r][2 * c + 1]
                                + plane[2 * r + 1][2 * c]
                                + plane[2 * r + 1][2 * c + 1])
                        / 4;
            }
        }
        return half;
    }

    private void mscn(String name, double[][] y) {
        double[][] m = normalise(y)[0];
        double[][] sg = normalise(y)[1];
        double second = mean(m, v -> v * v);
        values.put(name + "_mean", mean(m, v -> v));
        values.put(name + "_log_var", log(second));
        values.put(name + "_abs_over_sd", mean(m, Math::abs) / Math.sqrt(second));
        values.put(name + "_log_kurtosis", log(mean(m, v -> v * v * v * v) / second / second));
        values.put(name + "_skew", mean(m, v -> v * v * v) / Math.pow(second, 1.5));
        values.put(name + "_sg_log_mean", log(mean(sg, v -> v)));
        values.put(name + "_sg_saturation_4", mean(sg, v -> v / (v + 4)));
        products(name, "right", m, second, 0, 1);
        if (name.equals("mscn0")) {
            products(name, "down", m, second, 1, 0);
            products(name, "down_right", m, second, 1, 1);
            products(name, "down_left", m, second, 1, -1);
        }
    }

    private void products(String name, String direction, double[][] m, double second, int down, int right) {
        int left = Math.max(0, -right);
        double[][] products = new double[m.length - down][m[0].length - Math.abs(right)];
        for (int r = 0; r < products.length; r++) {
            for (int c = 0; c < products[0].length; c++) {
                products[r][c] = m[r][c + left] * m[r + down][c + left + right];
            }
        }
        values.put(name + "_product_mean_" + direction, mean(products, v -> v) / (second + 1e-3));
        values.put(
                name + "_product_shape_" + direction,
                Math.pow(mean(products, Math::abs), 2) / mean(products, v -> v * v));
        values.put(name + "_product_positive_" + direction, log(mean(products, v -> v > 0 ? v * v : 0)));
        values.put(name + "_product_negative_" + direction, log(mean(products, v -> v < 0 ? v * v : 0)));
    }

    private void edges(String name, double[][] y) {
        int height = y.length;
        int width = y[0].length;
        double[][] g = new double[height - 1][width - 1];
        for (int r = 0; r < height - 1; r++) {
            for (int c = 0; c < width - 1; c++) {
                g[r][c] = Math.hypot(y[r][c + 1] - y[r][c], y[r + 1][c] - y[r][c]);
            }
        }
        double[][] l = new double[height - 2][width - 2];
        double[][] n = new double[height - 2][width - 2];
        for (int r = 1; r < height - 1; r++) {
            for (int c = 1; c < width - 1; c++) {
                double cross = y[r - 1][c] + y[r + 1][c] + y[r][c - 1] + y[r][c + 1];
                double corners = y[r - 1][c - 1] + y[r - 1][c + 1] + y[r + 1][c - 1] + y[r + 1][c + 1];
                l[r - 1][c - 1] = cross - 4 * y[r][c];
                n[r - 1][c - 1] = corners - 2 * cross + 4 * y[r][c];
            }
        }
        double meanG = mean(g, v -> v);
        values.put(name + "_gradient_log_mean", log(meanG));
        values.put(name + "_gradient_cv", Math.sqrt(mean(g, v -> v * v) - meanG * meanG) / (meanG + 0.1));
        values.put(name + "_laplacian_log_mean", log(mean(l, Math::abs)));
        values.put(name + "_noise_log_mean", log(mean(n, Math::abs)));
        if (name.equals("edges0")) {
            values.put("edges0_gradient_over_0", log(mean(g, v -> Math.min(v, 1))));
            values.put("edges0_gradient_over_8", log(mean(g, v -> Math.max(0, Math.min(v, 16) - 8)) / 8));
            values.put("edges0_laplacian_over_4", log(mean(l, v -> Math.max(0, Math.min(Math.abs(v), 8) - 4)) / 4));
            values.put("block0_gradient_q50", Math.log(blockQuantile(g, 0.5) + 0.05));
            values.put("block0_gradient_q98", Math.log(blockQuantile(g, 0.98) + 0.05));
        }
    }

    /** Of means over 16 x 16 blocks; the last row and column of differences are missing and not counted. */
    private static double blockQuantile(double[][] plane, double q) {
        int rows = (plane.length + 1) / 4 / 4;
        int columns = (plane[0].length + 1) / 4 / 4;
        double[] means = new double[rows * columns];
        for (int i = 0; i < means.length; i++) {
            for (int part = 0; part < 16; part++) {
                double sum = 0;
                int count = 0;
                int top = i / columns * 16 + part / 4 * 4;
                int left = i % columns * 16 + part % 4 * 4;
                for (int r = top; r < Math.min(top + 4, plane.length); r++) {
                    for (int c = left; c < Math.min(left + 4, plane[0].length); c++) {
                        sum += plane[r][c];
                        count++;
                    }
                }
                means[i] += sum / count / 16;
            }
        }
        Arrays.sort(means);
        return means[(int) Math.floor(q * (means.length - 1))];
    }

    private void grid(double[][] y) {
        int height = y.length;
        int width = y[0].length;
        double[] profile = new double[width - 1];
        double all = 0;
        double flat = 0;
        for (int c = 0; c < width - 1; c++) {
            for (int r = 0; r < height; r++) {
                double d = Math.abs(y[r][c + 1] - y[r][c]);
                profile[c] += d / height;
                flat += Math.max(0, 1 - 2 * d) / height / (width - 1);
            }
            all += profile[c] / (width - 1);
        }
        int rounds = (width - 3) / 8;
        double atGrid = 0;
        for (int i = 0; i < rounds; i++) {
            int c = 8 * i + 7;
            atGrid += (profile[c] - (profile[c - 1] + profile[c + 1]) / 2) / rounds;
        }
        values.put("blockiness_x_grid", atGrid / (all + 0.1));
        values.put("flat_share_x", flat);
    }

    private void exposure(double[][] y) {
        double mean = mean(y, v -> v);
        double variance = mean(y, v -> (v - mean) * (v - mean)) + 1;
        values.put("exposure_mean", mean / 255);
        values.put("exposure_sd", Math.sqrt(variance) / 255);
        values.put("exposure_skew", mean(y, v -> Math.pow(v - mean, 3)) / Math.pow(variance, 1.5));
        values.put("exposure_log_kurtosis", Math.log(mean(y, v -> Math.pow(v - mean, 4)) / variance / variance + 0.1));
        values.put("exposure_over_16", mean(halve(y), v -> Math.max(0, Math.min(v, 32) - 16)) / 16);
    }

    private void colour(Frame frame) {
        double[][][] rgb = new double[3][frame.height()][frame.width()];
        for (int k = 0; k < 3; k++) {
            for (int r = 0; r < frame.height(); r++) {
                for (int c = 0; c < frame.width(); c++) {
                    rgb[k][r][c] = value(frame, r, c, k);
                }
            }
            rgb[k] = halve(halve(rgb[k]));
        }
        int height = rgb[0].length;
        int width = rgb[0][0].length;
        double redGreen = 0;
        double saturation = 0;
        double hue90 = 0;
        double topLeft = 0;
        for (int r = 0; r < height; r++) {
            for (int c = 0; c < width; c++) {
                double red = rgb[0][r][c];
                double green = rgb[1][r][c];
                double blue = rgb[2][r][c];
                double high = Math.max(red, Math.max(green, blue));
                double low = Math.min(red, Math.min(green, blue));
                double a = red - green;
                double b = (red + green) / 2 - blue;
                redGreen += a / 255 / height / width;
                saturation += (high - low) / (high + 1) / height / width;
                hue90 += Math.max(0, b - Math.hypot(a, b) * Math.sqrt(0.5)) / 255 / height / width;
                if (r < height / 4 && c < width / 4) {
                    double luminance = 0.299 * red + 0.587 * green + 0.114 * blue;
                    int cell = (height / 4) * (width / 4);
                    topLeft += luminance / 255 / cell;
                }
            }
        }
        values.put("colour_mean_rg", redGreen);
        values.put("colour_mean_saturation", saturation);
        values.put("hue_90", Math.sqrt(hue90));
        values.put("cell_y_00", topLeft);
    }

    private static double mean(double[][] plane, DoubleUnaryOperator of) {
        return Arrays.stream(plane)
                .flatMapToDouble(Arrays::stream)
                .map(of)
                .average()
                .orElseThrow();
    }

    private static double log(double value) {
        return Math.log(value + 1e-3);
    }
}
