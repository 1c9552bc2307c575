package org.loupe.export.small;

import java.util.ArrayList;
import java.util.List;

/**
 * Statistics of luminance as texture: mean-subtracted, contrast-normalised planes (MSCN), gradients, Laplacian and noise mask at several
 * scales, and how they spread over 16 x 16 blocks. Shares above a threshold are means of {@code min(x, t)} between two thresholds, that is
 * the survival function averaged over the interval: unlike counted pixels they do not jump when a value is rounded.
 */
final class TextureStatistics {
    /** Gaussian of section "natural scene statistics": 7 taps, standard deviation 7/6 pixels. */
    static final float[] GAUSSIAN = gaussian();

    private static final float[] GRADIENT_STEPS = {1, 2, 4, 8, 16, 32, 64};
    private static final float[] LAPLACIAN_STEPS = {1, 2, 4, 8, 16, 32};
    private static final float[] QUANTILES = {0.02f, 0.1f, 0.5f, 0.9f, 0.98f};

    private final Ops ops;
    private final Features features;

    TextureStatistics(Ops ops, Features features) {
        this.ops = ops;
        this.features = features;
    }

    /**
     * @param normalised m, {@code [F, C, H, W]}
     * @param deviation sg, same shape
     */
    record Mscn(String normalised, String deviation) {}

    /** Planes of one scale, each one pixel smaller than its source on the far sides (g) or on all sides (the others). */
    record Edges(String gradient, String laplacian, String noise) {}

    /** m = (x - mu) / (sg + 1) and sg, local mean and deviation under the Gaussian, reflected at the borders. */
    Mscn mscn(String planes, int channels) {
        // The deviation does not change with an offset, but 32-bit floats keep more of it when the squares are small.
        String centred = ops.add(planes, -128f);
        String both = ops.concat(1, centred, ops.square(centred));
        int groups = 2 * channels;
        float[] taps = new float[groups * GAUSSIAN.length];
        for (int i = 0; i < taps.length; i++) {
            taps[i] = GAUSSIAN[i % GAUSSIAN.length];
        }
        String padded = ops.pad(both, ops.longs(0, 0, 3, 3, 0, 0, 3, 3), "reflect");
        String rows = ops.conv(List.of(padded, ops.floats(new long[] {groups, 1, 1, 7}, taps)), 1, 0, 0, groups);
        String smooth = ops.conv(List.of(rows, ops.floats(new long[] {groups, 1, 7, 1}, taps)), 1, 0, 0, groups);
        String mean = ops.channel(smooth, 0, channels);
        String variance = ops.sub(ops.channel(smooth, channels, groups), ops.square(mean));
        String deviation = ops.sqrt(ops.relu(variance));
        return new Mscn(ops.div(ops.sub(centred, mean), ops.add(deviation, 1f)), deviation);
    }

    /**
     * Moments of m and sg, and of the products of neighbouring m.
     *
     * @param directions how many of the neighbours right, down, down right and down left
     */
    void mscnStatistics(Mscn mscn, int directions, String name) {
        String m = mscn.normalised();
        String mean = ops.planeMean(m);
        String square = ops.square(m);
        String second = ops.planeMean(square);
        String third = ops.planeMean(ops.mul(square, m));
        String fourth = ops.planeMean(ops.square(square));
        String meanAbs = ops.planeMean(ops.abs(m));
        String sd = ops.sqrt(ops.add(second, 1e-6f));
        features.add(
                ops.concat(
                        1,
                        mean,
                        ops.log(second),
                        ops.div(meanAbs, sd),
                        ops.log(ops.div(fourth, ops.add(ops.square(second), 1e-6f))),
                        ops.div(third, ops.mul(sd, ops.add(second, 1e-6f)))),
                name + "_mean",
                name + "_log_var",
                name + "_abs_over_sd",
                name + "_log_kurtosis",
                name + "_skew");
        neighbours(m, second, directions, name);
        deviationStatistics(mscn.deviation(), name);
    }

    private void neighbours(String m, String second, int directions, String name) {
        List<List<String>> pairs = List.of(
                List.of(ops.window(m, 0, 0, 0, 1), ops.window(m, 0, 1, 0, 0)),
                List.of(ops.window(m, 0, 0, 1, 0), ops.window(m, 1, 0, 0, 0)),
                List.of(ops.window(m, 0, 0, 1, 1), ops.window(m, 1, 1, 0, 0)),
                List.of(ops.window(m, 0, 1, 1, 0), ops.window(m, 1, 0, 0, 1)));
        List<String> means = new ArrayList<>();
        List<String> absolutes = new ArrayList<>();
        List<String> squares = new ArrayList<>();
        List<String> positives = new ArrayList<>();
        for (List<String> pair : pairs.subList(0, directions)) {
            String product = ops.mul(pair.get(0), pair.get(1));
            means.add(ops.planeMean(product));
            absolutes.add(ops.planeMean(ops.abs(product)));
            squares.add(ops.planeMean(ops.square(product)));
            positives.add(ops.planeMean(ops.square(ops.relu(product))));
        }
        String mean = ops.concat(1, means);
        String absolute = ops.concat(1, absolutes);
        String square = ops.concat(1, squares);
        String positive = ops.concat(1, positives);
        List<String> names = List.of("right", "down", "down_right", "down_left").subList(0, directions);
        features.addEach(ops.div(mean, ops.add(second, 1e-3f)), name + "_product_mean", names);
        features.addEach(ops.div(ops.square(absolute), ops.add(square, 1e-6f)), name + "_product_shape", names);
        features.addEach(ops.log(positive), name + "_product_positive", names);
        features.addEach(ops.log(ops.relu(ops.sub(square, positive))), name + "_product_negative", names);
    }

    private void deviationStatistics(String sg, String name) {
        String mean = ops.planeMean(sg);
        String variance = ops.relu(ops.sub(ops.planeMean(ops.square(sg)), ops.square(mean)));
        List<String> values = new ArrayList<>();
        List<String> names = new ArrayList<>();
        values.add(ops.log(mean));
        names.add(name + "_sg_log_mean");
        values.add(ops.div(ops.sqrt(variance), ops.add(mean, 0.1f)));
        names.add(name + "_sg_cv");
        for (int c : new int[] {1, 4, 16}) {
            values.add(ops.planeMean(ops.div(sg, ops.add(sg, c))));
            names.add(name + "_sg_saturation_" + c);
        }
        features.add(ops.concat(1, values), names.toArray(String[]::new));
    }

    /**
     * Gradient, Laplacian and noise mask of one luminance plane.
     *
     * @param shares whether the shares above the thresholds are wanted, too
     */
    Edges edges(String y, boolean shares, String name) {
        String right = ops.sub(ops.window(y, 0, 1, 0, 0), ops.window(y, 0, 0, 0, 1));
        String down = ops.sub(ops.window(y, 1, 0, 0, 0), ops.window(y, 0, 0, 1, 0));
        String dx = ops.window(right, 0, 0, 1, 0);
        String dy = ops.window(down, 0, 0, 0, 1);
        String falling = ops.sub(ops.window(y, 1, 1, 0, 0), ops.window(y, 0, 0, 1, 1));
        String rising = ops.sub(ops.window(y, 1, 0, 0, 1), ops.window(y, 0, 1, 1, 0));
        String dxx = ops.square(dx);
        String dyy = ops.square(dy);
        String g = ops.sqrt(ops.add(dxx, dyy));
        String second = ops.sub(ops.window(right, 0, 1, 0, 0), ops.window(right, 0, 0, 0, 1));
        String secondDown = ops.sub(ops.window(down, 1, 1, 0, 1), ops.window(down, 0, 1, 1, 1));
        String laplacian = ops.add(ops.window(second, 1, 0, 1, 0), secondDown);
        String step = ops.sub(ops.window(second, 1, 0, 0, 0), ops.window(second, 0, 0, 1, 0));
        String noise = ops.abs(ops.sub(ops.window(step, 1, 0, 0, 0), ops.window(step, 0, 0, 1, 0)));

        String meanG = ops.planeMean(g);
        String xx = ops.planeMean(dxx);
        String yy = ops.planeMean(dyy);
        String xy = ops.planeMean(ops.mul(dx, dy));
        String energy = ops.add(xx, yy);
        String varianceG = ops.relu(ops.sub(energy, ops.square(meanG)));
        String axisX = ops.log(ops.planeMean(ops.abs(dx)));
        String axisY = ops.log(ops.planeMean(ops.abs(dy)));
        String logFalling = ops.log(ops.planeMean(ops.abs(falling)));
        String logRising = ops.log(ops.planeMean(ops.abs(rising)));
        String coherence = ops.div(
                ops.sqrt(ops.add(ops.square(ops.sub(xx, yy)), ops.mul(ops.square(xy), 4f))), ops.add(energy, 1e-3f));
        String magnitude = ops.abs(laplacian);
        String meanL = ops.planeMean(magnitude);
        String squareL = ops.planeMean(ops.square(laplacian));
        String logG = ops.log(meanG);
        String logL = ops.log(meanL);
        String meanN = ops.planeMean(noise);
        String squareN = ops.planeMean(ops.square(noise));
        features.add(
                ops.concat(
                        1,
                        logG,
                        ops.div(ops.sqrt(varianceG), ops.add(meanG, 0.1f)),
                        ops.sub(axisX, axisY),
                        ops.abs(ops.sub(axisX, axisY)),
                        ops.abs(ops.sub(logFalling, logRising)),
                        ops.sub(ops.add(logFalling, logRising), ops.add(axisX, axisY)),
                        coherence,
                        logL,
                        ops.div(ops.sqrt(ops.relu(ops.sub(squareL, ops.square(meanL)))), ops.add(meanL, 0.1f)),
                        ops.sub(logL, logG),
                        ops.sub(ops.log(squareL), ops.log(energy)),
                        ops.log(meanN),
                        ops.div(ops.sqrt(ops.relu(ops.sub(squareN, ops.square(meanN)))), ops.add(meanN, 0.1f)),
                        ops.sub(ops.log(meanN), logL)),
                name + "_gradient_log_mean",
                name + "_gradient_cv",
                name + "_axis_balance",
                name + "_axis_imbalance",
                name + "_diagonal_imbalance",
                name + "_diagonal_over_axis",
                name + "_coherence",
                name + "_laplacian_log_mean",
                name + "_laplacian_cv",
                name + "_laplacian_over_gradient",
                name + "_laplacian_over_gradient_energy",
                name + "_noise_log_mean",
                name + "_noise_cv",
                name + "_noise_over_laplacian");
        if (shares) {
            survival(g, GRADIENT_STEPS, name + "_gradient");
            survival(magnitude, LAPLACIAN_STEPS, name + "_laplacian");
        }
        return new Edges(g, magnitude, noise);
    }

    /** Logarithm of the share of values above each step, averaged to the next step. */
    private void survival(String values, float[] steps, String name) {
        List<String> capped = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (float step : steps) {
            capped.add(ops.planeMean(ops.cap(values, step)));
        }
        float[] widths = new float[steps.length];
        for (int i = 0; i < steps.length; i++) {
            widths[i] = 1 / (steps[i] - (i == 0 ? 0 : steps[i - 1]));
            names.add("over_" + (i == 0 ? "0" : Integer.toString((int) steps[i - 1])));
        }
        String cumulative = ops.concat(1, capped);
        String before = ops.pad(ops.slice(cumulative, 1, 0, -1), ops.longs(0, 1, 0, 0), "constant");
        features.addEach(ops.log(ops.mul(ops.sub(cumulative, before), ops.vector(widths))), name, names);
    }

    /**
     * Quantiles over blocks of one scale: the sharpest tenth of a photo says more than its average.
     *
     * @param steps the block's side is 4 to that power: mean pooling by 4, so often
     * @return gradient pooled once
     */
    String blocks(Edges edges, int steps, String name) {
        String fine = ops.averagePool(edges.gradient(), 4, 0, 1);
        String g = coarser(fine, steps - 1);
        String l = coarser(ops.averagePool(edges.laplacian(), 4, 1, 1), steps - 1);
        String n = coarser(ops.averagePool(edges.noise(), 4, 1, 1), steps - 1);
        String sharpness = ops.sub(ops.log(l, 0.3f), ops.log(g, 0.3f));
        String grain = ops.sub(ops.log(n, 0.3f), ops.log(l, 0.3f));
        quantiles(
                ops.concat(1, ops.log(ops.concat(1, g, l, n), 0.05f), sharpness, grain),
                name,
                List.of("gradient", "laplacian", "noise", "sharpness", "grain"));
        return fine;
    }

    /** Mean pooling by 4, several times: in this runtime much cheaper than one large window. */
    String coarser(String planes, int steps) {
        String pooled = planes;
        for (int i = 0; i < steps; i++) {
            pooled = ops.averagePool(pooled, 4, 0, 0);
        }
        return pooled;
    }

    /** Quantiles of each plane {@code [F, C, h, w]}, C names. */
    void quantiles(String planes, String prefix, List<String> names) {
        String flat = ops.reshape(planes, 0, 0, -1);
        String count = ops.slice(ops.shape(flat), 0, 2, 3);
        String sorted = ops.sorted(flat, count);
        String last = ops.toFloat(ops.sub(count, ops.longs(1)));
        String places = ops.toLong(ops.floor(ops.mul(last, ops.vector(QUANTILES))));
        String quantiles = ops.reshape(ops.gather(sorted, places, 2), 0, (long) names.size() * QUANTILES.length);
        List<String> columns = new ArrayList<>();
        for (String name : names) {
            for (float q : QUANTILES) {
                columns.add(name + "_q" + Math.round(q * 100));
            }
        }
        features.addEach(quantiles, prefix, columns);
    }

    /** Grid of 8 x 8 coding blocks: how far the differences across one phase stand out from their neighbours. */
    void blockiness(String y) {
        axisBlockiness(y, 3, "x");
        axisBlockiness(y, 2, "y");
    }

    private void axisBlockiness(String y, int axis, String name) {
        String d = ops.abs(ops.sub(ops.slice(y, axis, 1, Ops.END), ops.slice(y, axis, 0, -1)));
        // [F, n]: averaging along the lines first is the same sum and leaves almost nothing to do.
        String profile = ops.mean(d, false, 1, axis == 3 ? 2 : 3);
        String outstanding = ops.sub(
                ops.slice(profile, 1, 1, -1),
                ops.mul(ops.add(ops.slice(profile, 1, 0, -2), ops.slice(profile, 1, 2, Ops.END)), 0.5f));
        String whole = ops.mul(ops.node("Div", ops.slice(ops.shape(outstanding), 0, 1, 2), ops.longs(8)), ops.longs(8));
        String phases = ops.mean(ops.reshape(ops.sliceTo(outstanding, 1, whole), 0, -1, 8), false, 1);
        String scale = ops.add(ops.mean(profile, true, 1), 0.1f);
        String mean = ops.mean(phases, true, 1);
        String sd = ops.sqrt(ops.relu(ops.sub(ops.mean(ops.square(phases), true, 1), ops.square(mean))));
        String flat = ops.sub(ops.scalar(1f), ops.mul(ops.planeMean(ops.cap(d, 0.5f)), 2f));
        features.add(
                ops.concat(
                        1,
                        ops.div(ops.maximum(phases, true, 1), scale),
                        // Element 0 of the list is difference 1, so pixel 8 minus pixel 7 is element 6.
                        ops.div(ops.slice(phases, 1, 6, 7), scale),
                        ops.div(sd, scale),
                        flat),
                "blockiness_" + name + "_max",
                "blockiness_" + name + "_grid",
                "blockiness_" + name + "_sd",
                "flat_share_" + name);
    }

    private static float[] gaussian() {
        double[] taps = new double[7];
        double sum = 0;
        for (int i = 0; i < 7; i++) {
            double x = (i - 3) / (7.0 / 6.0);
            taps[i] = Math.exp(-x * x / 2);
            sum += taps[i];
        }
        float[] normalised = new float[7];
        for (int i = 0; i < 7; i++) {
            normalised[i] = (float) (taps[i] / sum);
        }
        return normalised;
    }
}
