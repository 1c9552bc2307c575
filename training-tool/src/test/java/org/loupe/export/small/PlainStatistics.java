package org.loupe.export.small;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.loupe.decode.Frame;
import org.loupe.export.small.Tiles.Group;

/** The statistics once more, in doubles and loops: slow, and easy to believe. For pictures of at least 64 pixels a side. */
final class PlainStatistics {
    private static final double[] QUANTILES = {0.02, 0.1, 0.5, 0.9, 0.98};

    private final Map<String, Double> values = new HashMap<>();

    private PlainStatistics() {}

    /** @return {@link FeatureGraph#names()} with their values */
    static Map<String, Double> of(Frame frame) {
        PlainStatistics statistics = new PlainStatistics();
        PlainTiles tiles = new PlainTiles(frame);
        for (Group group : Group.values()) {
            statistics.contrast(group, tiles.of(group));
            statistics.edges(group, tiles.of(group));
        }
        statistics.blocks(tiles.of(Group.FULL));
        statistics.grid(tiles.of(Group.FULL));
        statistics.values.putAll(PlainColour.of(tiles.quarter()));
        return statistics.values;
    }

    /** One colour of one pixel, 0..255. */
    static int value(Frame frame, int row, int column, int channel) {
        return frame.rgb()[(row * frame.width() + column) * 3 + channel] & 0xff;
    }

    /** m and sg, where the Gaussian lies inside. */
    private static double[][][] normalised(double[][] x) {
        double[] taps = new double[7];
        for (int i = 0; i < 7; i++) {
            taps[i] = Math.exp(-Math.pow((i - 3) / (7.0 / 6.0), 2) / 2);
        }
        double sum = Arrays.stream(taps).sum();
        double[][] m = new double[x.length - 6][x[0].length - 6];
        double[][] sg = new double[m.length][m[0].length];
        for (int r = 0; r < m.length; r++) {
            for (int c = 0; c < m[0].length; c++) {
                double mean = 0;
                double square = 0;
                for (int i = 0; i < 49; i++) {
                    double weight = taps[i / 7] * taps[i % 7] / sum / sum;
                    mean += weight * x[r + i / 7][c + i % 7];
                    square += weight * Math.pow(x[r + i / 7][c + i % 7], 2);
                }
                sg[r][c] = Math.sqrt(Math.max(0, square - mean * mean));
                m[r][c] = (x[r + 3][c + 3] - mean) / (sg[r][c] + 1);
            }
        }
        return new double[][][] {m, sg};
    }

    private void contrast(Group group, List<double[][]> tiles) {
        List<double[][]> m = tiles.stream().map(tile -> normalised(tile)[0]).toList();
        List<double[][]> sg = tiles.stream().map(tile -> normalised(tile)[1]).toList();
        String name = group.family("mscn") + "_";
        double second = mean(m, v -> v * v);
        values.put(name + "mean", mean(m, v -> v));
        values.put(name + "log_var", log(second));
        values.put(name + "abs_over_sd", mean(m, Math::abs) / Math.sqrt(second));
        values.put(name + "sg_log_mean", log(mean(sg, v -> v)));
        values.put(name + "sg_cv", deviation(sg) / (mean(sg, v -> v) + 0.1));
        for (String direction : List.of("right", "down")) {
            int right = direction.equals("right") ? 1 : 0;
            List<double[][]> products = each(m, t -> combined(t, 1 - right, right, (a, b) -> a * b));
            values.put(name + "product_mean_" + direction, mean(products, v -> v) / second);
            if (group == Group.FULL || group == Group.QUARTER) {
                double shape = Math.pow(mean(products, Math::abs), 2) / mean(products, v -> v * v);
                values.put(name + "product_shape_" + direction, shape);
            }
        }
    }

    private void edges(Group group, List<double[][]> tiles) {
        List<double[][]> g = each(tiles, PlainStatistics::gradient);
        List<double[][]> l = each(tiles, t -> filtered(t, false));
        List<double[][]> n = each(tiles, t -> filtered(t, true));
        String name = group.family("edges") + "_";
        values.put(name + "gradient_log_mean", log(mean(g, v -> v)));
        values.put(name + "gradient_cv", deviation(g) / (mean(g, v -> v) + 0.1));
        values.put(name + "laplacian_log_mean", log(mean(l, v -> v)));
        values.put(name + "laplacian_cv", deviation(l) / (mean(l, v -> v) + 0.1));
        values.put(name + "laplacian_over_gradient", log(mean(l, v -> v)) - log(mean(g, v -> v)));
        values.put(name + "noise_log_mean", log(mean(n, v -> v)));
        values.put(name + "noise_cv", deviation(n) / (mean(n, v -> v) + 0.1));
        values.put(name + "noise_over_laplacian", log(mean(n, v -> v)) - log(mean(l, v -> v)));
    }

    private static double[][] gradient(double[][] x) {
        double[][] g = new double[x.length - 1][x[0].length - 1];
        for (int r = 0; r < g.length; r++) {
            for (int c = 0; c < g[0].length; c++) {
                g[r][c] = Math.abs(x[r][c + 1] - x[r][c]) + Math.abs(x[r + 1][c] - x[r][c]);
            }
        }
        return g;
    }

    /** Magnitude of the noise mask or of the Laplacian. */
    private static double[][] filtered(double[][] x, boolean noise) {
        double[][] out = new double[x.length - 2][x[0].length - 2];
        for (int r = 1; r < x.length - 1; r++) {
            for (int c = 1; c < x[0].length - 1; c++) {
                double cross = x[r - 1][c] + x[r + 1][c] + x[r][c - 1] + x[r][c + 1];
                double corners = x[r - 1][c - 1] + x[r - 1][c + 1] + x[r + 1][c - 1] + x[r + 1][c + 1];
                out[r - 1][c - 1] = Math.abs(noise ? corners - 2 * cross + 4 * x[r][c] : cross - 4 * x[r][c]);
            }
        }
        return out;
    }

    private void blocks(List<double[][]> tiles) {
        List<double[]> triples = new ArrayList<>();
        for (double[][] tile : tiles) {
            double[][] g = PlainTiles.reduced(blockMeans(gradient(tile), 0), 2);
            double[][] l = PlainTiles.reduced(blockMeans(filtered(tile, false), 1), 2);
            double[][] n = PlainTiles.reduced(blockMeans(filtered(tile, true), 1), 2);
            for (int r = 0; r < g.length; r++) {
                for (int c = 0; c < g[0].length; c++) {
                    triples.add(new double[] {g[r][c], l[r][c], n[r][c]});
                }
            }
        }
        for (double q : QUANTILES) {
            String end = "_q" + Math.round(q * 100);
            values.put("block0_gradient" + end, quantile(triples, q, t -> Math.log(t[0] + 0.05)));
            values.put("block0_laplacian" + end, quantile(triples, q, t -> Math.log(t[1] + 0.05)));
            values.put("block0_noise" + end, quantile(triples, q, t -> Math.log(t[2] + 0.05)));
            values.put(
                    "block0_sharpness" + end, quantile(triples, q, t -> Math.log(t[1] + 0.3) - Math.log(t[0] + 0.3)));
            values.put("block0_grain" + end, quantile(triples, q, t -> Math.log(t[2] + 0.3) - Math.log(t[1] + 0.3)));
        }
    }

    private static double quantile(List<double[]> triples, double q, java.util.function.ToDoubleFunction<double[]> of) {
        double[] sorted = triples.stream().mapToDouble(of).sorted().toArray();
        return sorted[(int) Math.floor(q * (sorted.length - 1))];
    }

    /** Means over 8 x 8 places, of which the first {@code before} and the last row and column do not exist. */
    private static double[][] blockMeans(double[][] plane, int before) {
        double[][] sums = new double[(plane.length + before + 1) / 8][(plane[0].length + before + 1) / 8];
        int[][] counts = new int[sums.length][sums[0].length];
        for (int r = 0; r < plane.length; r++) {
            for (int c = 0; c < plane[0].length; c++) {
                sums[(r + before) / 8][(c + before) / 8] += plane[r][c];
                counts[(r + before) / 8][(c + before) / 8]++;
            }
        }
        for (int r = 0; r < sums.length; r++) {
            for (int c = 0; c < sums[0].length; c++) {
                sums[r][c] /= counts[r][c];
            }
        }
        return sums;
    }

    private void grid(List<double[][]> tiles) {
        List<double[][]> right = each(tiles, t -> combined(t, 0, 1, (a, b) -> Math.abs(a - b)));
        double[] across = new double[right.get(0)[0].length];
        List<double[][]> down = each(tiles, t -> combined(t, 1, 0, (a, b) -> Math.abs(a - b)));
        double[] downwards = new double[down.get(0).length];
        for (int i = 0; i < tiles.size(); i++) {
            double[][] differences = right.get(i);
            for (double[] row : differences) {
                for (int c = 0; c < across.length; c++) {
                    across[c] += row[c] / tiles.size() / differences.length;
                }
            }
            for (int r = 0; r < downwards.length; r++) {
                downwards[r] += Arrays.stream(down.get(i)[r]).average().orElseThrow() / tiles.size();
            }
        }
        grid("x", right, across);
        grid("y", down, downwards);
    }

    private void grid(String axis, List<double[][]> differences, double[] profile) {
        int rounds = (profile.length - 2) / 8;
        double[] phases = new double[8];
        for (int i = 0; i < rounds * 8; i++) {
            phases[i % 8] += (profile[i + 1] - (profile[i] + profile[i + 2]) / 2) / rounds;
        }
        double scale = Arrays.stream(profile).average().orElseThrow() + 0.1;
        values.put("blockiness_" + axis + "_grid", phases[6] / scale);
        values.put("blockiness_" + axis + "_max", Arrays.stream(phases).max().orElseThrow() / scale);
        values.put("blockiness_" + axis + "_sd", deviation(List.<double[][]>of(new double[][] {phases})) / scale);
        values.put("flat_share_" + axis, mean(differences, v -> Math.max(0, 1 - 2 * v)));
    }

    private static List<double[][]> each(List<double[][]> tiles, UnaryOperator<double[][]> of) {
        return tiles.stream().map(of).toList();
    }

    private static double[][] combined(
            double[][] x, int down, int right, java.util.function.DoubleBinaryOperator operator) {
        double[][] out = new double[x.length - down][x[0].length - right];
        for (int r = 0; r < out.length; r++) {
            for (int c = 0; c < out[0].length; c++) {
                out[r][c] = operator.applyAsDouble(x[r][c], x[r + down][c + right]);
            }
        }
        return out;
    }

    private static double mean(List<double[][]> planes, DoubleUnaryOperator of) {
        return planes.stream()
                .flatMap(Arrays::stream)
                .flatMapToDouble(Arrays::stream)
                .map(of)
                .average()
                .orElseThrow();
    }

    private static double deviation(List<double[][]> planes) {
        double mean = mean(planes, v -> v);
        return Math.sqrt(mean(planes, v -> (v - mean) * (v - mean)));
    }

    private static double log(double value) {
        return Math.log(value + 1e-3);
    }
}
