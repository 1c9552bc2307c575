package org.loupe.export.small;

import java.util.List;

/**
 * From pixels to planes and statistics, the first half of every graph of this package.
 *
 * @param pixels {@code uint8[F, H, W, 3]}, small pictures continued to {@link #MIN_SIDE}
 * @param rgb {@code float[F, 3, H, W]}, 0..255
 * @param normalised MSCN plane m of the full resolution, {@code float[F, 1, H, W]}
 * @param features {@code float[F, N]}
 * @param names N names
 * @param layout {@code float[F, 48]}, coarse colour layout
 */
record Statistics(String pixels, String rgb, String normalised, String features, List<String> names, String layout) {
    /**
     * Smaller pictures are continued at the right and lower edge with their last pixel, so that every scale has something to measure.
     * Nothing anybody would want scored is that small.
     */
    static final int MIN_SIDE = 64;

    private static final int SCALES = 4;

    /** @param pixels {@code uint8[F, H, W, 3]} */
    static Statistics of(Ops ops, String pixels) {
        ops.scope("pixels");
        String size = ops.slice(ops.shape(pixels), 0, 1, 3);
        String missing = ops.max(ops.sub(ops.longs(MIN_SIDE, MIN_SIDE), size), ops.longs(0, 0));
        String pads = ops.concat(0, ops.longs(0, 0, 0, 0, 0), missing, ops.longs(0));
        String padded = ops.pad(pixels, pads, "edge");
        String rgb = ops.toFloat(ops.transpose(padded, 0, 3, 1, 2));
        Features features = new Features();
        TextureStatistics texture = new TextureStatistics(ops, features);
        ColourStatistics colour = new ColourStatistics(ops, features);

        ops.scope("luminance");
        String[] y = new String[SCALES];
        String[] scaled = new String[SCALES];
        scaled[0] = rgb;
        y[0] = luminance(ops, rgb);
        for (int s = 1; s < 3; s++) {
            scaled[s] = ops.averagePool(scaled[s - 1], 2, 0, 0);
            y[s] = luminance(ops, scaled[s]);
        }
        y[3] = ops.averagePool(y[2], 2, 0, 0);

        TextureStatistics.Mscn[] mscn = new TextureStatistics.Mscn[3];
        TextureStatistics.Edges[] edges = new TextureStatistics.Edges[SCALES];
        for (int s = 0; s < SCALES; s++) {
            if (s < 3) {
                ops.scope("mscn" + s);
                mscn[s] = texture.mscn(y[s], 1);
                texture.mscnStatistics(mscn[s], s == 0 ? 4 : 1, "mscn" + s);
            }
            ops.scope("edges" + s);
            edges[s] = texture.edges(y[s], s == 0, "edges" + s);
        }
        ops.scope("blocks");
        String energy = texture.blocks(edges[0], 2, "block0");
        texture.blocks(edges[1], 2, "block1");
        texture.blocks(edges[2], 1, "block2");
        texture.quantiles(ops.mul(texture.coarser(y[0], 2), 1 / 255f), "block0", List.of("level"));
        texture.blockiness(y[0]);
        ops.scope("exposure");
        colour.exposure(y[0], y[1]);
        colour.clipping(ops.channel(scaled[1], 0, 1), ops.channel(scaled[1], 1, 2), ops.channel(scaled[1], 2, 3));
        for (int s = 1; s < 3; s++) {
            ops.scope("chroma" + s);
            String opponents = colour.opponents(
                    ops.channel(scaled[s], 0, 1), ops.channel(scaled[s], 1, 2), ops.channel(scaled[s], 2, 3));
            colour.chroma(texture.mscn(opponents, 2), "chroma" + s);
        }
        ops.scope("colour");
        String layout = colour.colour(
                ops.channel(scaled[2], 0, 1), ops.channel(scaled[2], 1, 2), ops.channel(scaled[2], 2, 3), y[2], energy);
        ops.scope("features");
        return new Statistics(padded, rgb, mscn[0].normalised(), features.concat(ops), features.names(), layout);
    }

    /** @return pixels as they come, colour after colour: {@code float[F, 1, H, 3 W]}, 0..255 */
    String rows(Ops ops) {
        ops.scope("network/pixels");
        return ops.node("Unsqueeze", ops.toFloat(ops.reshape(pixels, 0, 0, -1)), ops.longs(1));
    }

    private static String luminance(Ops ops, String rgb) {
        String red = ops.mul(ops.channel(rgb, 0, 1), 0.299f);
        String green = ops.mul(ops.channel(rgb, 1, 2), 0.587f);
        String blue = ops.mul(ops.channel(rgb, 2, 3), 0.114f);
        return ops.add(ops.add(red, green), blue);
    }
}
