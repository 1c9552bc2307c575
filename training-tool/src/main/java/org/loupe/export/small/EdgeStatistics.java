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

    /** Side of a block in pixels of a quarter's tiles; blocks of the full resolution have twice that side. */
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
        return TileMeans.ofGroups(ops, ops.concat(1, means), MEANS.size(), Tiles.TILES);
    }

    /**
     * Quantiles over blocks of luminance at full and at a quarter of the resolution: the sharpest tenth of a photo says more than its
     * average. What lies between told nothing new.
     */
    void blocks(Features features) {
        List<String> pooled = new ArrayList<>();
        for (int i = 0; i < planes.size(); i++) {
            // Laplacian and noise lack the first row and column, and all planes the last.
            pooled.add(ops.averagePool(planes.get(i), BLOCK, i == 0 ? 0 : 1, 1));
        }
        String blocks = ops.concat(1, pooled); // [F, 3 TILES, h / 8, w / 8]
        String full = group(ops.averagePool(blocks, 2, 0, 0), Group.FULL);
        String quarter = group(blocks, Group.QUARTER);
        String values = described(ops.concat(3, full, quarter));
        String count = ops.shape(full, 3, 4);
        quantiles(features, ops.sliceTo(values, 2, count), Group.FULL.family("block"));
        quantiles(features, ops.sliceFrom(values, 2, count), Group.QUARTER.family("block"));
    }

    /** @return {@code [F, 1, 3, blocks]} of one group's tiles */
    private String group(String blocks, Group group) {
        String tiles = ops.reshape(blocks, 0, planes.size(), Tiles.TILES, -1);
        String wanted = ops.slice(tiles, 2, group.first(), group.first() + group.tiles());
        return ops.reshape(wanted, 0, 1, planes.size(), -1);
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
