package org.loupe.export.small;

import java.util.ArrayList;
import java.util.List;

/** Exposure, colour and layout: what survives pooling, so it is computed on the planes of a quarter of the side. */
final class ColourStatistics {
    private static final float[] LEVELS = {4, 8, 16, 32, 64, 96, 128, 160, 192, 224, 240, 248, 255};
    private static final float[] CHROMA_STEPS = {8, 16, 32, 64, 96, 128, 192};
    private static final int HUES = 12;
    /** Cells along a side of the layout grid. */
    static final int CELLS = 4;

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
        String y = ops.channel(quarter, 3, 4);
        String across = ops.abs(ops.sub(ops.window(y, 0, 1, 1, 0), ops.window(y, 0, 0, 1, 1)));
        String downwards = ops.abs(ops.sub(ops.window(y, 1, 0, 0, 1), ops.window(y, 0, 0, 1, 1)));
        String energy = ops.pad(ops.add(across, downwards), ops.longs(0, 0, 0, 0, 0, 0, 1, 1), "constant");
        // Every second row is plenty for what has no texture.
        String seen = ops.everySecond(ops.concat(1, quarter, energy), 2);
        String red = ops.channel(seen, 0, 1);
        String green = ops.channel(seen, 1, 2);
        String blue = ops.channel(seen, 2, 3);
        String high = ops.max(ops.max(red, green), blue);
        String low = ops.min(ops.min(red, green), blue);
        String chroma = ops.sub(high, low);
        String saturation = ops.mul(ops.div(chroma, ops.add(high, 1f)), 255f);
        exposure(ops.channel(seen, 3, 4));
        clipping(high, low);
        // y, rg, yb, energy, chroma, saturation
        String stack = ops.mul(ops.concat(1, ops.channel(seen, 3, 7), chroma, saturation), 1 / 255f);
        colour(ops.log(ops.planeMean(ops.channel(seen, 0, 3)), 1f), stack, chroma);
        hue(ops.channel(stack, 1, 3));
        return layout(stack);
    }

    private void exposure(String y) {
        List<String> names = new ArrayList<>();
        float[] widths = new float[LEVELS.length];
        for (int i = 0; i < LEVELS.length; i++) {
            widths[i] = 1 / (LEVELS[i] - (i == 0 ? 0 : LEVELS[i - 1]));
            names.add("over_" + (i == 0 ? "0" : Integer.toString((int) LEVELS[i - 1])));
        }
        String levels = ops.floats(new long[] {LEVELS.length, 1, 1}, LEVELS);
        String cumulative = ops.planeMean(ops.min(y, levels));
        String before = ops.pad(ops.slice(cumulative, 1, 0, -1), ops.longs(0, 1, 0, 0), "constant");
        String survival = ops.mul(ops.sub(cumulative, before), ops.vector(widths));
        features.addEach(survival, "exposure", names);
        String ends = ops.concat(
                1,
                ops.sub(ops.scalar(1f), ops.slice(survival, 1, 0, 2)),
                ops.slice(survival, 1, LEVELS.length - 2, LEVELS.length));
        features.add(
                ops.log(ops.relu(ends)),
                "exposure_log_under_4",
                "exposure_log_under_8",
                "exposure_log_over_240",
                "exposure_log_over_248");
    }

    /** Clipped channels, of the highest and the lowest colour of every place. */
    private void clipping(String high, String low) {
        String clippedHigh = ops.planeMean(ops.relu(ops.add(high, -247f)));
        String clippedLow = ops.planeMean(ops.relu(ops.sub(ops.scalar(8f), low)));
        String dark = ops.planeMean(low);
        features.add(
                ops.concat(
                        1, ops.log(ops.mul(ops.concat(1, clippedHigh, clippedLow), 1 / 8f)), ops.mul(dark, 1 / 255f)),
                "clipped_high",
                "clipped_low",
                "dark_mean");
    }

    /**
     * @param logs of the mean colours, {@code [F, 3]}
     * @param stack luminance, red - green, yellow - blue, energy, chroma, saturation, 0..1 or -1..1
     */
    private void colour(String logs, String stack, String chroma) {
        String mean = ops.planeMean(stack);
        String sd = ops.sqrt(ops.relu(ops.sub(ops.planeMean(ops.square(stack)), ops.square(mean))));
        features.add(
                mean,
                "exposure_mean",
                "colour_mean_rg",
                "colour_mean_yb",
                "energy_mean",
                "colour_mean_chroma",
                "colour_mean_saturation");
        features.add(
                sd,
                "exposure_sd",
                "colour_sd_rg",
                "colour_sd_yb",
                "energy_sd",
                "colour_sd_chroma",
                "colour_sd_saturation");
        String spread = ops.sqrt(ops.sum(ops.square(ops.slice(sd, 1, 1, 3)), true, 1));
        String offset = ops.sqrt(ops.sum(ops.square(ops.slice(mean, 1, 1, 3)), true, 1));
        String colourfulness = ops.add(spread, ops.mul(offset, 0.3f));
        String balance = ops.sub(ops.gather(logs, ops.longs(0, 2), 1), ops.slice(logs, 1, 1, 2));
        features.add(
                ops.concat(1, colourfulness, balance),
                "colourfulness",
                "colour_log_red_green",
                "colour_log_blue_green");
        List<String> names = new ArrayList<>();
        for (float step : CHROMA_STEPS) {
            names.add("over_" + (int) step);
        }
        String steps = ops.floats(new long[] {CHROMA_STEPS.length, 1, 1}, CHROMA_STEPS);
        String over = ops.planeMean(ops.relu(ops.sub(chroma, steps)));
        features.addEach(ops.sqrt(ops.mul(over, 1 / 255f)), "chroma", names);
    }

    /** @param opponents -1..1 */
    private void hue(String opponents) {
        float[] directions = new float[HUES * 2];
        List<String> names = new ArrayList<>();
        for (int i = 0; i < HUES; i++) {
            double angle = 2 * Math.PI * i / HUES;
            directions[2 * i] = (float) Math.cos(angle);
            directions[2 * i + 1] = (float) Math.sin(angle);
            names.add(Integer.toString(360 * i / HUES));
        }
        String projections =
                ops.conv(List.of(opponents, ops.floats(new long[] {HUES, 2, 1, 1}, directions)), 1, 0, 0, 1);
        String radius = ops.mul(ops.sqrt(ops.sum(ops.square(opponents), true, 1)), (float) Math.cos(Math.PI / 4));
        // What a pixel's colour has beyond 45 degrees to the side counts for no hue.
        String shares = ops.planeMean(ops.relu(ops.sub(projections, radius)));
        features.addEach(ops.sqrt(shares), "hue", names);
        String distribution = ops.div(shares, ops.add(ops.sum(shares, true, 1), 1e-4f));
        features.add(ops.neg(ops.sum(ops.mul(distribution, ops.log(distribution)), true, 1)), "hue_entropy");
    }

    private String layout(String stack) {
        List<String> planes = List.of("y", "rg", "yb", "energy", "chroma", "saturation");
        // [F, C, h, w] -> [F, C, 4, h/4, 4, w/4], far rows and columns that fill no cell left out.
        String shape = ops.shape(stack);
        String cell = ops.quotient(ops.slice(shape, 0, 2, 4), CELLS);
        String used = ops.mul(cell, ops.longs(CELLS));
        String cut = ops.sliceTo(ops.sliceTo(stack, 2, ops.slice(used, 0, 0, 1)), 3, ops.slice(used, 0, 1, 2));
        String split = ops.concat(
                0,
                ops.longs(0, planes.size(), CELLS),
                ops.slice(cell, 0, 0, 1),
                ops.longs(CELLS),
                ops.slice(cell, 0, 1, 2));
        String cells = ops.mean(ops.mean(ops.reshapeTo(cut, split), false, 5), false, 3); // [F, C, 4, 4]
        int count = CELLS * CELLS;
        List<String> names = new ArrayList<>();
        for (String plane : planes) {
            for (int i = 0; i < count; i++) {
                names.add(plane + "_" + i / CELLS + i % CELLS);
            }
        }
        features.addEach(ops.reshape(cells, 0, (long) planes.size() * count), "cell", names);

        String mirrored = ops.gather(cells, ops.longs(3, 2, 1, 0), 3);
        String asymmetry = ops.mean(ops.abs(ops.sub(cells, mirrored)), false, 2, 3);
        String mean = ops.mean(cells, true, 2, 3);
        String spread = ops.sqrt(ops.mean(ops.square(ops.sub(cells, mean)), false, 2, 3));
        String centre = ops.mean(ops.window(cells, 1, 1, 1, 1), false, 2, 3);
        String lift = ops.sub(centre, ops.mean(cells, false, 2, 3));
        features.addEach(asymmetry, "layout_asymmetry", planes);
        features.addEach(spread, "layout_spread", planes);
        features.addEach(lift, "layout_centre", planes);
        return ops.reshape(ops.channel(cells, 0, 3), 0, 3L * count);
    }
}
