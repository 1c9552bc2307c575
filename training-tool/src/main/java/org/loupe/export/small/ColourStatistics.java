package org.loupe.export.small;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Exposure, colour and layout: what survives pooling, so it is computed on planes of a half or a quarter of the side. */
final class ColourStatistics {
    private static final float[] LEVELS = {
        4, 8, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 248, 252, 255
    };
    private static final long[] KEPT = {0, 1, 3, LEVELS.length - 3, LEVELS.length - 2, LEVELS.length - 1};
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
     * @param y full-resolution luminance {@code [F, 1, H, W]}
     * @param half luminance of half the side
     */
    void exposure(String y, String half) {
        String centred = ops.add(y, -128f);
        String square = ops.square(centred);
        String mean = ops.planeMean(centred);
        String raw2 = ops.planeMean(square);
        String raw3 = ops.planeMean(ops.mul(square, centred));
        String raw4 = ops.planeMean(ops.square(square));
        String mean2 = ops.square(mean);
        String variance = ops.relu(ops.sub(raw2, mean2));
        String safe = ops.add(variance, 1f);
        String sd = ops.sqrt(safe);
        String third = ops.add(ops.sub(raw3, ops.mul(ops.mul(mean, raw2), 3f)), ops.mul(ops.mul(mean2, mean), 2f));
        String fourth = ops.sub(
                ops.add(ops.sub(raw4, ops.mul(ops.mul(mean, raw3), 4f)), ops.mul(ops.mul(mean2, raw2), 6f)),
                ops.mul(ops.square(mean2), 3f));
        features.add(
                ops.concat(
                        1,
                        ops.mul(ops.add(mean, 128f), 1 / 255f),
                        ops.mul(sd, 1 / 255f),
                        ops.div(third, ops.mul(sd, safe)),
                        ops.log(ops.relu(ops.div(fourth, ops.square(safe))), 0.1f)),
                "exposure_mean",
                "exposure_sd",
                "exposure_skew",
                "exposure_log_kurtosis");

        List<String> capped = new ArrayList<>();
        List<String> names = new ArrayList<>();
        float[] widths = new float[LEVELS.length];
        for (int i = 0; i < LEVELS.length; i++) {
            capped.add(ops.planeMean(ops.cap(half, LEVELS[i])));
            widths[i] = 1 / (LEVELS[i] - (i == 0 ? 0 : LEVELS[i - 1]));
            names.add("over_" + (i == 0 ? "0" : Integer.toString((int) LEVELS[i - 1])));
        }
        String cumulative = ops.concat(1, capped);
        String before = ops.pad(ops.slice(cumulative, 1, 0, -1), ops.longs(0, 1, 0, 0), "constant");
        String survival = ops.mul(ops.sub(cumulative, before), ops.vector(widths));
        // The middle of the histogram says nothing about quality that the moments do not; it counts in the entropy.
        features.addEach(
                ops.gather(survival, ops.longs(KEPT), 1),
                "exposure",
                Arrays.stream(KEPT).mapToObj(i -> names.get((int) i)).toList());
        String bins = ops.relu(ops.sub(ops.slice(survival, 1, 0, -1), ops.slice(survival, 1, 1, Ops.END)));
        String entropy = ops.neg(ops.sum(ops.mul(bins, ops.log(bins)), true, 1));
        String dark = ops.log(ops.sub(ops.scalar(1f), ops.slice(survival, 1, 0, 2)));
        String bright = ops.log(ops.relu(ops.slice(survival, 1, LEVELS.length - 3, LEVELS.length)));
        features.add(
                ops.concat(1, entropy, dark, bright),
                "exposure_entropy",
                "exposure_log_under_4",
                "exposure_log_under_8",
                "exposure_log_over_240",
                "exposure_log_over_248",
                "exposure_log_over_252");
    }

    /** Clipped channels and haze, on RGB {@code [F, 3, H/2, W/2]}. */
    void clipping(String red, String green, String blue) {
        String high = ops.max(ops.max(red, green), blue);
        String low = ops.min(ops.min(red, green), blue);
        String clippedHigh = ops.planeMean(ops.relu(ops.add(high, -247f)));
        String clippedLow = ops.planeMean(ops.relu(ops.sub(ops.scalar(8f), low)));
        String darkChannel = ops.neg(ops.maxPool(ops.neg(low), 7, 4));
        String dark = ops.mul(ops.planeMean(darkChannel), 1 / 255f);
        String darkSquare = ops.planeMean(ops.square(ops.mul(darkChannel, 1 / 255f)));
        features.add(
                ops.concat(
                        1,
                        ops.log(ops.mul(clippedHigh, 1 / 8f)),
                        ops.log(ops.mul(clippedLow, 1 / 8f)),
                        dark,
                        ops.sqrt(ops.relu(ops.sub(darkSquare, ops.square(dark))))),
                "clipped_high",
                "clipped_low",
                "dark_channel_mean",
                "dark_channel_sd");
    }

    /** Opponent planes red-green and yellow-blue, {@code [F, 2, h, w]}. */
    String opponents(String red, String green, String blue) {
        return ops.concat(1, ops.sub(red, green), ops.sub(ops.mul(ops.add(red, green), 0.5f), blue));
    }

    /** Local contrast of the colour planes: chroma noise and chroma blocks. */
    void chroma(TextureStatistics.Mscn mscn, String name) {
        String m = mscn.normalised();
        String second = ops.planeMean(ops.square(m));
        String meanAbs = ops.planeMean(ops.abs(m));
        String sg = ops.planeMean(mscn.deviation());
        String sgSquare = ops.planeMean(ops.square(mscn.deviation()));
        String sd = ops.sqrt(ops.relu(ops.sub(sgSquare, ops.square(sg))));
        List<String> planes = List.of("rg", "yb");
        features.addEach(ops.log(second), name + "_log_var", planes);
        features.addEach(ops.div(meanAbs, ops.sqrt(ops.add(second, 1e-6f))), name + "_abs_over_sd", planes);
        features.addEach(ops.log(sg, 0.05f), name + "_sg_log_mean", planes);
        features.addEach(ops.div(sd, ops.add(sg, 0.1f)), name + "_sg_cv", planes);
    }

    /**
     * Colourfulness, saturation and hue on RGB of a quarter of the side, and the layout of the photo in 4 x 4 cells.
     *
     * @param energy gradient magnitude pooled to the same size
     * @return {@code [F, 48]}: mean luminance and opponent colours of every cell, 0..1 and -1..1, for the embedding
     */
    String colour(String red, String green, String blue, String y, String energy) {
        String opponents = opponents(red, green, blue);
        String high = ops.max(ops.max(red, green), blue);
        String low = ops.min(ops.min(red, green), blue);
        String chroma = ops.sub(high, low);
        String saturation = ops.div(chroma, ops.add(high, 1f));
        String stack = ops.mul(ops.concat(1, opponents, chroma, ops.mul(saturation, 255f)), 1 / 255f);
        String mean = ops.planeMean(stack);
        String sd = ops.sqrt(ops.relu(ops.sub(ops.planeMean(ops.square(stack)), ops.square(mean))));
        List<String> planes = List.of("rg", "yb", "chroma", "saturation");
        features.addEach(mean, "colour_mean", planes);
        features.addEach(sd, "colour_sd", planes);
        String colourfulness = ops.add(
                ops.sqrt(ops.sum(ops.square(ops.slice(sd, 1, 0, 2)), true, 1)),
                ops.mul(ops.sqrt(ops.sum(ops.square(ops.slice(mean, 1, 0, 2)), true, 1)), 0.3f));
        String logRed = ops.log(ops.planeMean(red), 1f);
        String logGreen = ops.log(ops.planeMean(green), 1f);
        String logBlue = ops.log(ops.planeMean(blue), 1f);
        String brightChroma = ops.mul(ops.planeMean(ops.mul(y, chroma)), 1 / 65025f);
        features.add(
                ops.concat(1, colourfulness, ops.sub(logRed, logGreen), ops.sub(logBlue, logGreen), brightChroma),
                "colourfulness",
                "colour_log_red_green",
                "colour_log_blue_green",
                "colour_bright_chroma");
        List<String> over = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (float step : CHROMA_STEPS) {
            over.add(ops.planeMean(ops.relu(ops.add(chroma, -step))));
            names.add("over_" + (int) step);
        }
        features.addEach(ops.sqrt(ops.mul(ops.concat(1, over), 1 / 255f)), "chroma", names);
        hue(opponents);
        return layout(y, opponents, saturation, energy);
    }

    private void hue(String opponents) {
        float[] directions = new float[HUES * 2];
        List<String> names = new ArrayList<>();
        for (int i = 0; i < HUES; i++) {
            double angle = 2 * Math.PI * i / HUES;
            directions[2 * i] = (float) (Math.cos(angle) / 255);
            directions[2 * i + 1] = (float) (Math.sin(angle) / 255);
            names.add(Integer.toString(360 * i / HUES));
        }
        String projections =
                ops.conv(List.of(opponents, ops.floats(new long[] {HUES, 2, 1, 1}, directions)), 1, 0, 0, 1);
        String radius =
                ops.mul(ops.sqrt(ops.sum(ops.square(opponents), true, 1)), (float) (Math.cos(Math.PI / 4) / 255));
        // What a pixel's colour has beyond 45 degrees to the side counts for no hue.
        String shares = ops.planeMean(ops.relu(ops.sub(projections, radius)));
        features.addEach(ops.sqrt(shares), "hue", names);
        String distribution = ops.div(shares, ops.add(ops.sum(shares, true, 1), 1e-4f));
        features.add(ops.neg(ops.sum(ops.mul(distribution, ops.log(distribution)), true, 1)), "hue_entropy");
    }

    private String layout(String y, String opponents, String saturation, String energy) {
        List<String> planes = List.of("y", "rg", "yb", "saturation", "energy");
        String unit = ops.mul(y, 1 / 255f);
        String stack = ops.concat(1, unit, ops.mul(opponents, 1 / 255f), saturation, ops.mul(energy, 1 / 64f));
        // [F, C, h, w] -> [F, C, 4, h/4, 4, w/4], far rows and columns that fill no cell left out.
        String shape = ops.shape(stack);
        String cell = ops.node("Div", ops.slice(shape, 0, 2, 4), ops.longs(CELLS));
        String used = ops.mul(cell, ops.longs(CELLS));
        String cut = ops.sliceTo(ops.sliceTo(stack, 2, ops.slice(used, 0, 0, 1)), 3, ops.slice(used, 0, 1, 2));
        String split = ops.concat(
                0,
                ops.longs(0, planes.size(), CELLS),
                ops.slice(cell, 0, 0, 1),
                ops.longs(CELLS),
                ops.slice(cell, 0, 1, 2));
        String cells = ops.mean(ops.reshapeTo(cut, split), false, 3, 5); // [F, C, 4, 4]
        int count = CELLS * CELLS;
        List<String> names = new ArrayList<>();
        for (String plane : planes) {
            for (int i = 0; i < count; i++) {
                names.add(plane + "_" + i / CELLS + i % CELLS);
            }
        }
        String grid = ops.concat(1, ops.channel(cells, 0, 4), ops.log(ops.channel(cells, 4, 5), 0.01f));
        features.addEach(ops.reshape(grid, 0, (long) planes.size() * count), "cell", names);

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
