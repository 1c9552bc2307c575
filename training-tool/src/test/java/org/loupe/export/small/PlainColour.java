package org.loupe.export.small;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** Exposure, colour and layout once more, place by place in doubles. */
final class PlainColour {
    private static final double[] LEVELS = {4, 8, 16, 32, 64, 96, 128, 160, 192, 224, 240, 248, 255};
    private static final List<String> PLANES = List.of("y", "rg", "yb", "energy", "chroma", "saturation");

    private final Map<String, Double> values = new HashMap<>();
    private final Map<String, double[][]> planes = new HashMap<>();

    private PlainColour() {}

    /**
     * @param quarter red, green, blue, luminance, red - green, yellow - blue, 0..255
     * @return every statistic of colour with its value
     */
    static Map<String, Double> of(double[][][] quarter) {
        PlainColour colour = new PlainColour();
        colour.look(quarter);
        colour.exposure();
        colour.moments();
        colour.hue();
        PLANES.forEach(colour::layout);
        return colour.values;
    }

    /** Every second row of all planes, 0..255; saturation 0..1. */
    private void look(double[][][] quarter) {
        List<String> names = List.of("r", "g", "b", "y", "rg", "yb");
        int rows = (quarter[0].length + 1) / 2;
        int columns = quarter[0][0].length;
        for (String name : List.of("r", "g", "b", "y", "rg", "yb", "energy", "chroma", "saturation", "low", "high")) {
            planes.put(name, new double[rows][columns]);
        }
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                for (int k = 0; k < names.size(); k++) {
                    set(names.get(k), r, c, quarter[k][2 * r][c]);
                }
                double[][] y = quarter[3];
                if (2 * r + 1 < y.length && c + 1 < columns) {
                    double here = y[2 * r][c];
                    set("energy", r, c, Math.abs(y[2 * r][c + 1] - here) + Math.abs(y[2 * r + 1][c] - here));
                }
                double high = Math.max(at("r", r, c), Math.max(at("g", r, c), at("b", r, c)));
                double low = Math.min(at("r", r, c), Math.min(at("g", r, c), at("b", r, c)));
                set("high", r, c, high);
                set("low", r, c, low);
                set("chroma", r, c, high - low);
                set("saturation", r, c, (high - low) / (high + 1));
            }
        }
    }

    private void set(String plane, int row, int column, double value) {
        plane(plane)[row][column] = value;
    }

    private double at(String plane, int row, int column) {
        return plane(plane)[row][column];
    }

    private double[][] plane(String name) {
        return planes.getOrDefault(name, new double[0][]);
    }

    private double mean(String plane, DoubleUnaryOperator of) {
        return Arrays.stream(plane(plane))
                .flatMapToDouble(Arrays::stream)
                .map(of)
                .average()
                .orElseThrow();
    }

    private static double log(double value) {
        return Math.log(value + 1e-3);
    }

    private void exposure() {
        double[] over = new double[LEVELS.length];
        for (int i = 0; i < LEVELS.length; i++) {
            double from = i == 0 ? 0 : LEVELS[i - 1];
            double to = LEVELS[i];
            over[i] = mean("y", v -> Math.max(0, Math.min(v, to) - from)) / (to - from);
            values.put("exposure_over_" + (int) from, over[i]);
        }
        values.put("exposure_log_under_4", log(1 - over[0]));
        values.put("exposure_log_under_8", log(1 - over[1]));
        values.put("exposure_log_over_240", log(over[11]));
        values.put("exposure_log_over_248", log(over[12]));
        values.put("clipped_high", log(mean("high", v -> Math.max(0, v - 247)) / 8));
        values.put("clipped_low", log(mean("low", v -> Math.max(0, 8 - v)) / 8));
        values.put("dark_mean", mean("low", v -> v) / 255);
    }

    private double scale(String plane) {
        return plane.equals("saturation") ? 1 : 255;
    }

    private double deviation(String plane) {
        double mean = mean(plane, v -> v);
        return Math.sqrt(mean(plane, v -> (v - mean) * (v - mean))) / scale(plane);
    }

    private void moments() {
        for (String plane : PLANES) {
            String name = plane.equals("y") ? "exposure" : plane;
            boolean bare = plane.equals("y") || plane.equals("energy");
            values.put(bare ? name + "_mean" : "colour_mean_" + name, mean(plane, v -> v) / scale(plane));
            values.put(bare ? name + "_sd" : "colour_sd_" + name, deviation(plane));
        }
        double spread = Math.hypot(deviation("rg"), deviation("yb"));
        double offset = Math.hypot(mean("rg", v -> v), mean("yb", v -> v)) / 255;
        values.put("colourfulness", spread + 0.3 * offset);
        double green = Math.log(mean("g", v -> v) + 1);
        values.put("colour_log_red_green", Math.log(mean("r", v -> v) + 1) - green);
        values.put("colour_log_blue_green", Math.log(mean("b", v -> v) + 1) - green);
        for (int step : new int[] {8, 16, 32, 64, 96, 128, 192}) {
            values.put("chroma_over_" + step, Math.sqrt(mean("chroma", v -> Math.max(0, v - step)) / 255));
        }
    }

    private void hue() {
        double[][] rg = plane("rg");
        double[][] yb = plane("yb");
        double[] shares = new double[12];
        for (int i = 0; i < shares.length; i++) {
            double angle = Math.PI * i / 6;
            for (int r = 0; r < rg.length; r++) {
                for (int c = 0; c < rg[0].length; c++) {
                    double along = Math.cos(angle) * rg[r][c] + Math.sin(angle) * yb[r][c];
                    double beyond = along - Math.hypot(rg[r][c], yb[r][c]) * Math.sqrt(0.5);
                    shares[i] += Math.max(0, beyond) / 255 / rg.length / rg[0].length;
                }
            }
            values.put("hue_" + 30 * i, Math.sqrt(shares[i]));
        }
        double sum = Arrays.stream(shares).sum() + 1e-4;
        values.put(
                "hue_entropy",
                -Arrays.stream(shares).map(s -> s / sum * log(s / sum)).sum());
    }

    private void layout(String name) {
        double[][] plane = plane(name);
        int rows = plane.length / 4;
        int columns = plane[0].length / 4;
        double[] cells = new double[16];
        for (int r = 0; r < 4 * rows; r++) {
            for (int c = 0; c < 4 * columns; c++) {
                cells[r / rows * 4 + c / columns] += plane[r][c] / scale(name) / (rows * columns);
            }
        }
        double mean = Arrays.stream(cells).average().orElseThrow();
        double asymmetry = 0;
        double square = 0;
        for (int i = 0; i < 16; i++) {
            values.put("cell_" + name + "_" + i / 4 + i % 4, cells[i]);
            asymmetry += Math.abs(cells[i] - cells[i / 4 * 4 + 3 - i % 4]) / 16;
            square += (cells[i] - mean) * (cells[i] - mean) / 16;
        }
        values.put("layout_asymmetry_" + name, asymmetry);
        values.put("layout_spread_" + name, Math.sqrt(square));
        values.put("layout_centre_" + name, (cells[5] + cells[6] + cells[9] + cells[10]) / 4 - mean);
    }
}
