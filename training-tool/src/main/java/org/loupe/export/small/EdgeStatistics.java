package org.loupe.export.small;

import java.util.ArrayList;
import java.util.List;
import org.loupe.export.small.Tiles.Group;

/**
 * Gradient, Laplacian and noise mask of {@link Tiles}: means, mean squares and quantiles over blocks. Magnitudes are made of
 * convolutions and means are pooled, so that nothing here leaves the runtime's blocked layout before it is small.
 */
final class EdgeStatistics {
    /** What {@link #means} gives, in this order. */
    static final List<String> MEANS = List.of("gradient", "laplacian", "noise", "gradient^2", "laplacian^2", "noise^2");

    /** Half the side of a block in pixels. */
    private static final int BLOCK = 8;

    private static final float[] QUANTILES = {0.02f, 0.1f, 0.5f, 0.9f, 0.98f};
    private static final List<String> PLANES = List.of("gradient", "laplacian", "noise", "sharpness", "grain");

    private final Ops ops;
    private final List<String> planes;

    /** @param centred {@code [F, TILES, h, w]}, values less any constant */
    EdgeStatistics(Ops ops, String centred) {
        this.ops = ops;
        String across = magnitude(centred, 2, -1, 1, 0, 0);
        String downwards = magnitude(centred, 2, -1, 0, 1, 0);
        planes = List.of(
                ops.add(across, downwards),
                magnitude(centred, 3, 0, 1, 0, 1, -4, 1, 0, 1, 0),
                magnitude(centred, 3, 1, -2, 1, -2, 4, -2, 1, -2, 1));
    }

    /** The activation goes along with the convolution. */
    private String magnitude(String tiles, int side, float... kernel) {
        return ops.leakyRelu(ops.eachTile(tiles, Tiles.TILES, side, side, kernel), -1);
    }

    /** @return {@code [F, MEANS, groups]} */
    String means() {
        List<String> means = new ArrayList<>();
        planes.forEach(plane -> means.add(ops.node("GlobalAveragePool", plane)));
        planes.forEach(plane -> means.add(ops.node("GlobalAveragePool", ops.square(plane))));
        return TileMeans.ofGroups(ops, ops.concat(1, means), MEANS.size());
    }

    /** Quantiles over blocks of luminance at full resolution: the sharpest tenth of a photo says more than its average. */
    void blocks(Features features) {
        List<String> pooled = new ArrayList<>();
        for (int i = 0; i < planes.size(); i++) {
            // Laplacian and noise lack the first row and column, and all planes the last.
            pooled.add(ops.averagePool(planes.get(i), BLOCK, i == 0 ? 0 : 1, 1));
        }
        String blocks = ops.averagePool(ops.concat(1, pooled), 2, 0, 0); // [F, 3 TILES, h / 16, w / 16]
        String tiles = ops.reshape(blocks, 0, planes.size(), Tiles.TILES, -1);
        String full = ops.slice(tiles, 2, Group.FULL.first(), Group.FULL.first() + Group.FULL.tiles());
        quantiles(features, described(ops.reshape(full, 0, 1, planes.size(), -1)), Group.FULL.family("block"));
    }

    /** Gradient, Laplacian and noise as logarithms, then sharpness and grain, their ratios: {@code [F, 5, blocks]}. */
    private String described(String stack) {
        String logs = ops.log(stack, ops.floats(new long[] {2, 1, 1}, 0.05f, 0.3f));
        float[][] combinations = {
            {1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}, {0, 0, 1, 0, 0, 0}, {0, 0, 0, -1, 1, 0}, {0, 0, 0, 0, -1, 1},
        };
        return ops.matMul(ops.matrix(combinations), ops.reshape(logs, 0, 2L * planes.size(), -1));
    }

    private void quantiles(Features features, String values, String prefix) {
        String count = ops.shape(values, 2, 3);
        String sorted = ops.sorted(values, count);
        String last = ops.toFloat(ops.sub(count, ops.longs(1)));
        String places = ops.toLong(ops.mul(last, ops.vector(QUANTILES)));
        List<String> columns = new ArrayList<>();
        for (String name : PLANES) {
            for (float q : QUANTILES) {
                columns.add(name + "_q" + Math.round(q * 100));
            }
        }
        features.addEach(ops.reshape(ops.gather(sorted, places, 2), 0, columns.size()), prefix, columns);
    }
}
