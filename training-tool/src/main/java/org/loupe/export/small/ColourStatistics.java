package org.loupe.export.small;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Exposure, colour and layout: what survives pooling, so it is computed on the planes of a quarter of the side. What
 * is computed of one plane costs hardly less than of all, so they are stacked.
 */
final class ColourStatistics {
    private static final float[] LEVELS = {4, 8, 16, 32, 64, 96, 128, 160, 192, 224, 240, 248, 255};
    private static final float[] CHROMA_STEPS = {8, 16, 32, 64, 96, 128, 192};
    private static final int HUES = 12;
    /** Cells along a side of the layout grid. */
    static final int CELLS = 4;

    /** Levels at either end that count as clipped. */
    private static final int CLIPPED = 8;

    /** What is stacked; {@link #LOW} and {@link #RADIUS} follow. */
    private static final List<String> PLANES = List.of("y", "rg", "yb", "energy", "chroma", "saturation");

    private static final int ENERGY = 3;
    private static final int CHROMA = 4;
    private static final int SATURATION = 5;
    /** The lowest colour of each place. */
    private static final int LOW = 6;
    /** Distance of each place from grey. */
    private static final int RADIUS = 7;

    private static final int STACKED = 8;

    private final Ops ops;
    private final Features features;

    ColourStatistics(Ops ops, Features features) {
        this.ops = ops;
        this.features = features;
    }

    /**
     * @param quarter red, green, blue, luminance, red - green, yellow - blue, {@code [F, 6, h, w]}
     * @return {@code [F, 48]}: mean luminance and opponent colours of every cell, 0..1 and -1..1, for the embedding
     */
    String describe(String quarter) {
        // Every second row is plenty for what has no texture.
        String seen = ops.everySecond(quarter, 2);
        List<String> colours = ops.split(ops.channel(seen, 0, 3), 1, 3);
        String opponents = ops.channel(seen, 4, 6);
        String high = ops.node("Max", colours.get(0), colours.get(1), colours.get(2));
        String low = ops.node("Min", colours.get(0), colours.get(1), colours.get(2));
        String chroma = ops.sub(high, low);
        String saturation = ops.div(chroma, ops.add(high, 1f));
        String radius = ops.sqrt(ops.sum(ops.square(opponents), true, 1));
        String stack = ops.concat(1, ops.channel(seen, 3, 6), energy(quarter), chroma, saturation, low, radius);
        String mean = ops.planeMean(stack);
        String variance = ops.relu(ops.sub(ops.planeMean(ops.square(stack)), ops.square(mean)));
        String moments = ops.mul(ops.concat(1, mean, ops.sqrt(variance)), ops.vector(twice(scales(STACKED))));

        List<String> shares = shares(stack);
        features.addEach(shares.get(0), "exposure", levelNames());
        features.add(
                ops.log(ops.relu(shares.get(1))),
                "exposure_log_under_4",
                "exposure_log_under_8",
                "exposure_log_over_240",
                "exposure_log_over_248",
                "clipped_high",
                "clipped_low");
        moments(moments);
        colour(mean, moments);
        hue(shares.get(2));
        return layout(stack);
    }

    /** Gradient of the luminance of every second row, 0 in the last column and, of an odd number, in the last row. */
    private String energy(String quarter) {
        String y = ops.channel(quarter, 3, 4);
        String kernels = ops.floats(new long[] {2, 1, 2, 2}, -1, 1, 0, 0, -1, 0, 1, 0);
        String differences = ops.abs(ops.conv(y, kernels, 2, 1));
        List<String> both = ops.split(differences, 1, 2);
        String missing = ops.node("Mod", ops.shape(quarter, 2, 3), ops.longs(2));
        String pads = ops.concat(0, ops.longs(0, 0, 0, 0, 0, 0), missing, ops.longs(1));
        return ops.pad(ops.add(both.get(0), both.get(1)), pads, "constant");
    }

    /** Takes planes of the stack to 0..1 or -1..1, where they are not. */
    private static float[] scales(int planes) {
        float[] scales = new float[planes];
        for (int i = 0; i < planes; i++) {
            scales[i] = i == SATURATION ? 1 : 1 / 255f;
        }
        return scales;
    }

    private static float[] twice(float[] values) {
        float[] both = Arrays.copyOf(values, 2 * values.length);
        System.arraycopy(values, 0, both, values.length, values.length);
        return both;
    }

    private static List<String> levelNames() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < LEVELS.length; i++) {
            names.add("over_" + (i == 0 ? "0" : Integer.toString((int) LEVELS[i - 1])));
        }
        return names;
    }

    /**
     * Everything that is a share above or below something. A share above a level is what capping at the next level adds to the mean.
     *
     * @return shares above levels {@code [F, 13]}; darkest and brightest shares and clipped channels {@code [F, 6]}; chroma above its
     *     steps and hues {@code [F, 19]}, 0..1
     */
    private List<String> shares(String stack) {
        String levels = ops.floats(new long[] {LEVELS.length, 1, 1}, LEVELS);
        String capped = ops.planeMean(ops.min(ops.channel(stack, 0, 1), levels));
        String steps = ops.floats(new long[] {CHROMA_STEPS.length, 1, 1}, CHROMA_STEPS);
        String above = ops.planeMean(ops.relu(ops.sub(ops.channel(stack, CHROMA, CHROMA + 1), steps)));
        RectifiedMeans means = new RectifiedMeans(STACKED, LEVELS.length + CHROMA_STEPS.length);
        for (int i = 0; i < LEVELS.length; i++) {
            weighLevel(means, means.output(0), i, 1);
        }
        weighLevel(means, means.output(1), 0, -1);
        weighLevel(means, means.output(1), 1, -1);
        weighLevel(means, means.output(0), LEVELS.length - 2, 1);
        weighLevel(means, means.output(0), LEVELS.length - 1, 1);
        // The highest colour is the lowest and the chroma.
        means.weigh(means.output(0), means.add(CLIPPED - 255f, Map.of(LOW, 1f, CHROMA, 1f)), 1f / CLIPPED);
        means.weigh(means.output(0), means.add(CLIPPED, Map.of(LOW, -1f)), 1f / CLIPPED);
        for (int i = 0; i < CHROMA_STEPS.length; i++) {
            means.weigh(means.output(0), LEVELS.length + i, 1 / 255f);
        }
        for (int i = 0; i < HUES; i++) {
            double angle = 2 * Math.PI * i / HUES;
            // What a pixel's colour has beyond 45 degrees to the side counts for no hue.
            Map<Integer, Float> weights = Map.of(
                    1, (float) Math.cos(angle), 2, (float) Math.sin(angle), RADIUS, (float) -Math.cos(Math.PI / 4));
            means.weigh(means.output(0), means.add(0, weights), 1 / 255f);
        }
        return ops.split(
                means.of(ops, stack, ops.concat(1, capped, above)), 1, LEVELS.length, 6, CHROMA_STEPS.length + HUES);
    }

    private static void weighLevel(RectifiedMeans means, int output, int level, int sign) {
        float width = LEVELS[level] - (level == 0 ? 0 : LEVELS[level - 1]);
        means.weigh(output, level, sign / width);
        if (level > 0) {
            means.weigh(output, level - 1, -sign / width);
        }
    }

    private void moments(String moments) {
        List<String> names = List.of("exposure", "rg", "yb", "energy", "chroma", "saturation");
        List<String> columns = new ArrayList<>(List.of("dark_mean"));
        long[] places = new long[1 + 2 * PLANES.size()];
        places[0] = LOW;
        for (int k = 0; k < 2; k++) {
            for (int i = 0; i < PLANES.size(); i++) {
                places[columns.size()] = k * STACKED + i;
                String end = k == 0 ? "mean" : "sd";
                String name = names.get(i);
                columns.add(i == 0 || i == ENERGY ? name + "_" + end : "colour_" + end + "_" + name);
            }
        }
        features.add(ops.gather(moments, ops.longs(places), 1), columns.toArray(String[]::new));
    }

    /**
     * @param mean of every plane of the stack
     * @param moments means and deviations, scaled
     */
    private void colour(String mean, String moments) {
        String opponents = ops.gather(moments, ops.longs(1, 2, STACKED + 1, STACKED + 2), 1);
        String lengths = ops.length(ops.reshape(opponents, 0, 2, 2), false, 2);
        features.add(ops.matMul(lengths, ops.matrix(new float[][] {{0.3f}, {1}})), "colourfulness");
        // Red, green and blue out of luminance and opponents.
        float[][] colours = new float[STACKED][3];
        colours[0] = new float[] {1, 1, 1};
        colours[1] = new float[] {0.644f, -0.356f, 0.144f};
        colours[2] = new float[] {0.114f, 0.114f, -0.886f};
        String logs = ops.log(ops.matMul(mean, ops.matrix(colours)), ops.vector(1, 1, 1));
        features.add(
                ops.matMul(logs, ops.matrix(new float[][] {{1, 0}, {-1, -1}, {0, 1}})),
                "colour_log_red_green",
                "colour_log_blue_green");
    }

    /** @param shares of chroma and hues, {@code [F, 19]} */
    private void hue(String shares) {
        List<String> chroma = new ArrayList<>();
        for (float step : CHROMA_STEPS) {
            chroma.add("chroma_over_" + (int) step);
        }
        for (int i = 0; i < HUES; i++) {
            chroma.add("hue_" + 360 * i / HUES);
        }
        features.add(ops.sqrt(shares), chroma.toArray(String[]::new));
        String hues = ops.slice(shares, 1, CHROMA_STEPS.length, Ops.END);
        String distribution = ops.div(hues, ops.add(ops.sum(hues, true, 1), 1e-4f));
        features.add(ops.neg(ops.sum(ops.mul(distribution, ops.log(distribution)), true, 1)), "hue_entropy");
    }

    private String layout(String stack) {
        // [F, C, h, w] -> [F, C, 4, h/4, 4, w/4], far rows and columns that fill no cell left out.
        String side = ops.longs(CELLS);
        String used = ops.mul(ops.quotient(ops.shape(stack, 2, 4), CELLS), side);
        String ends = ops.concat(0, ops.longs(PLANES.size()), used);
        String cut = ops.node("Slice", stack, ops.longs(0, 0, 0), ends, ops.longs(1, 2, 3));
        String columns = ops.mean(ops.reshape(cut, 0, 0, 0, CELLS, -1), false, 4);
        String raw = ops.mean(ops.reshape(columns, 0, 0, CELLS, -1, CELLS), false, 3); // [F, C, 4, 4]
        int count = CELLS * CELLS;
        String cells = ops.mul(
                ops.reshape(raw, 0, PLANES.size(), count),
                ops.floats(new long[] {PLANES.size(), 1}, scales(PLANES.size())));
        List<String> names = new ArrayList<>();
        for (String plane : PLANES) {
            for (int i = 0; i < count; i++) {
                names.add(plane + "_" + i / CELLS + i % CELLS);
            }
        }
        String flat = ops.reshape(cells, 0, (long) PLANES.size() * count);
        features.addEach(flat, "cell", names);

        List<String> compared = ops.split(ops.matMul(cells, ops.matrix(comparisons())), 2, count, count, 1);
        features.addEach(ops.magnitudes(compared.get(0), false, 2), "layout_asymmetry", PLANES);
        features.addEach(ops.length(compared.get(1), false, 2), "layout_spread", PLANES);
        features.addEach(ops.reshape(compared.get(2), 0, PLANES.size()), "layout_centre", PLANES);
        return ops.slice(flat, 1, 0, 3L * count);
    }

    /**
     * Takes the cells of a plane to the difference of each from its mirror image, so scaled that their magnitudes sum up to their mean; to
     * what each has over the mean, so scaled that their length is the standard deviation; and to what the middle four have over it.
     */
    private static float[][] comparisons() {
        int count = CELLS * CELLS;
        float[][] matrix = new float[count][2 * count + 1];
        for (int i = 0; i < count; i++) {
            int column = i % CELLS;
            int mirrored = i - column + CELLS - 1 - column;
            matrix[i][i] += 1f / count;
            matrix[mirrored][i] -= 1f / count;
            for (int j = 0; j < count; j++) {
                matrix[j][count + i] = (float) (((i == j ? 1 : 0) - 1.0 / count) / Math.sqrt(count));
            }
            boolean middle = column > 0 && column < CELLS - 1 && i / CELLS > 0 && i / CELLS < CELLS - 1;
            matrix[i][2 * count] = (middle ? 0.25f : 0) - 1f / count;
        }
        return matrix;
    }
}
