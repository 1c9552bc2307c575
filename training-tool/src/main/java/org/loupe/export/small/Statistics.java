package org.loupe.export.small;

import java.util.List;

/**
 * From pixels to statistics, the first half of every graph of this package.
 *
 * @param rows pixels as they came, {@code float[F, 1, H, 3W]}, 0..255, sides of at least {@link #MIN_SIDE}
 * @param features {@code float[F, N]}
 * @param names N names
 * @param layout {@code float[F, 48]}, coarse colour layout
 */
record Statistics(String rows, String features, List<String> names, String layout) {
    /**
     * Smaller pictures are continued at the right and lower edge with their last pixel, so that every scale has something to measure.
     * Nothing anybody would want scored is that small.
     */
    static final int MIN_SIDE = 64;

    /** Sides are cut to a multiple of this: what remains fills no place of a quarter's planes. */
    static final int SIDE_STEP = 4;

    /** @param pixels {@code uint8[F, H, W, 3]} */
    static Statistics of(Ops ops, String pixels) {
        ops.scope("pixels");
        String size = ops.shape(pixels, 1, 3);
        String side = ops.longs(SIDE_STEP, SIDE_STEP);
        String used = ops.mul(ops.quotient(ops.max(size, ops.longs(MIN_SIDE, MIN_SIDE)), SIDE_STEP, SIDE_STEP), side);
        String pads = ops.concat(0, ops.longs(0, 0, 0, 0, 0), ops.sub(used, size), ops.longs(0));
        String padded = ops.pad(pixels, pads, "edge"); // and cut, where less than 0
        String lines = ops.toFloat(ops.reshape(padded, 0, 0, -1)); // [F, H, 3W]
        String rows = ops.node("Unsqueeze", lines, ops.longs(1));
        String quarter = Tiles.quarter(ops, lines);
        ops.scope("tiles");
        Tiles tiles = Tiles.of(ops, padded, quarter);

        String planes = tiles.planes();
        Features features = new Features();
        ops.scope("contrast");
        String contrast = ContrastStatistics.means(ops, planes);
        ops.scope("edges");
        EdgeStatistics edges = new EdgeStatistics(ops, planes);
        String edgeMeans = edges.means();
        ops.scope("texture");
        TileFeatures.describe(ops, edgeMeans, contrast, features);
        ops.scope("blocks");
        edges.blocks(features);
        ops.scope("grid");
        new GridStatistics(ops, features).describe(planes);
        ops.scope("colour");
        String layout = new ColourStatistics(ops, features).describe(quarter);
        ops.scope("features");
        return new Statistics(rows, features.concat(ops), features.names(), layout);
    }
}
