package org.loupe.export.small;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The parts of a picture that texture is measured on: tiles of one size, cut from three scales of luminance and from the colour planes, in
 * one tensor, so that one node of the graph measures all of them. Tiles stand side by side in {@link #BANDS} bands that are spread
 * evenly over the height and go through the whole width: a picture of any size is looked at in so many places, and rows are contiguous,
 * which is what makes them cheap to take.
 *
 * <p>At full resolution a band is half as high as the part of the picture that the half resolution sees; the quarter resolution sees (nearly)
 * everything. Every band begins at a multiple of 8 rows, every tile at a multiple of 8 columns, so that coding blocks fall on the same
 * phase in all of them. Up to 31 last columns are not looked at.
 *
 * @param planes {@code float[F, TILES, h, w]}, groups one after the other, values 0..255 or -255..255
 */
record Tiles(String planes) {
    /** Bands of each scale. */
    static final int BANDS = 8;

    /** Least height of a tile; its width is at least as much. */
    static final int MIN_HEIGHT = 16;

    /** What a run of tiles shows. */
    enum Group {
        FULL(4 * BANDS, "0"),
        QUARTER(BANDS, "2"),
        RED_GREEN(BANDS / 2, "_rg"),
        YELLOW_BLUE(BANDS / 2, "_yb"),
        HALF(2 * BANDS, "1");

        private final int tiles;
        private final String suffix;

        Group(int tiles, String suffix) {
            this.tiles = tiles;
            this.suffix = suffix;
        }

        /** @return how many tiles there are of it */
        int tiles() {
            return tiles;
        }

        /** @return place of its first tile */
        int first() {
            int first = 0;
            for (Group group : values()) {
                if (group == this) {
                    break;
                }
                first += group.tiles;
            }
            return first;
        }

        /** @return what a family of statistics is called when it is measured on this */
        String family(String name) {
            return name + suffix;
        }
    }

    /** A multiple of 16: convolutions over tiles as channels then use the runtime's blocked kernels. */
    static final int TILES =
            List.of(Group.values()).stream().mapToInt(Group::tiles).sum();

    /** Pixels a row of the matrices below takes at once, so that a product of matrices can take colours apart. */
    private static final int RUN = 16;

    private static final float[] LUMINANCE = {0.299f, 0.587f, 0.114f};

    /**
     * @param pixels {@code uint8[F, H, W, 3]}, sides of at least {@link Statistics#MIN_SIDE}
     * @param quarter see {@link #quarter}
     */
    static Tiles of(Ops ops, String pixels, String quarter) {
        String size = ops.shape(pixels);
        String height = ops.slice(size, 0, 1, 2);
        String width = ops.mul(ops.quotient(ops.slice(size, 0, 2, 3), 32), ops.longs(32));
        String tileHeight = ops.max(ops.mul(ops.quotient(height, 256), ops.longs(8)), ops.longs(MIN_HEIGHT));
        String tileWidth = ops.quotient(width, 4);

        String twice = ops.mul(tileHeight, ops.longs(2));
        String begin = ops.mul(ops.quotient(begin(ops, height, tileHeight), 8), ops.longs(8));
        String rows = ops.gather(pixels, rows(ops, begin, ops.sub(height, twice), twice), 1); // [F, BANDS, 2h, W, 3]
        String cut = ops.toFloat(ops.sliceTo(rows, 3, width));
        String ofHalf = ops.matMul(ops.reshape(cut, 0, 0, -1, 3 * RUN), luminance(ops, 2)); // [F, BANDS, .., 8]
        String paired = ops.concat(0, ops.longs(0, BANDS), tileHeight, ops.longs(2, -1));
        String half = ops.mean(ops.reshapeTo(ofHalf, paired), false, 3); // [F, BANDS, h, W/2]
        String upper = ops.sliceTo(cut, 2, tileHeight);
        String full = ops.matMul(ops.reshape(upper, 0, 0, -1, 3 * RUN), luminance(ops, 1));

        String quarterHeight = ops.quotient(height, 4);
        String quarterBegin = begin(ops, quarterHeight, ops.quotient(tileHeight, 2));
        String quarterRows = rows(ops, quarterBegin, ops.sub(quarterHeight, tileHeight), tileHeight);
        String bands = ops.sliceTo(ops.gather(ops.channel(quarter, 3, 6), quarterRows, 2), 4, tileWidth);
        String opponents = ops.gather(ops.channel(bands, 1, 3), everySecondBand(ops), 2);
        String shape = ops.concat(0, ops.longs(0, -1), tileHeight, tileWidth);
        return new Tiles(ops.concat(
                1,
                sideBySide(ops, full, 4, tileHeight, tileWidth),
                ops.reshapeTo(ops.channel(bands, 0, 1), shape),
                ops.reshapeTo(opponents, shape),
                sideBySide(ops, half, 2, tileHeight, tileWidth)));
    }

    /**
     * The whole picture at a quarter of its side: red, green, blue, luminance, red - green and yellow - blue, means over 4 x 4 pixels; up to
     * three last rows and columns are left out.
     *
     * @param rows {@code float[F, 1, H, 3W]}, pixels as they came
     * @return {@code float[F, 6, H/4, W/4]}
     */
    static String quarter(Ops ops, String rows) {
        float[][] mixtures = {
            {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, LUMINANCE, {1, -1, 0}, {0.5f, 0.5f, -1},
        };
        int side = 4;
        float[] weights = new float[mixtures.length * side * side * 3];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = mixtures[i / (side * side * 3)][i % 3] / (side * side);
        }
        String kernels = ops.floats(new long[] {mixtures.length, 1, side, side * 3L}, weights);
        return ops.patches(rows, kernels, ops.vector(new float[mixtures.length]), side, 3L * side);
    }

    /** Centres of the bands less {@code before}: {@code int64[BANDS, 1]}. */
    private static String begin(Ops ops, String height, String before) {
        long[] odd = new long[BANDS];
        for (int i = 0; i < BANDS; i++) {
            odd[i] = 2L * i + 1;
        }
        String centres = ops.quotient(ops.mul(ops.reshape(ops.longs(odd), BANDS, 1), height), 2L * BANDS);
        return ops.sub(centres, before);
    }

    /** All rows of all bands, none begun before row 0 or after row {@code last}: {@code int64[BANDS, count]}. */
    private static String rows(Ops ops, String begin, String last, String count) {
        String inside = ops.max(ops.min(begin, last), ops.longs(0));
        return ops.add(inside, ops.range(count));
    }

    private static String everySecondBand(Ops ops) {
        return ops.longs(IntStream.range(0, BANDS / 2).mapToLong(i -> 2L * i).toArray());
    }

    /** Takes a run of interleaved pixels to their luminance, neighbours averaged: {@code [48, 16 / neighbours]}. */
    private static String luminance(Ops ops, int neighbours) {
        int columns = RUN / neighbours;
        float[] matrix = new float[3 * RUN * columns];
        for (int i = 0; i < 3 * RUN; i++) {
            matrix[i * columns + i / 3 / neighbours] = LUMINANCE[i % 3] / neighbours;
        }
        return ops.floats(new long[] {3 * RUN, columns}, matrix);
    }

    /** Bands {@code [F, BANDS, h, n w]}, in whatever shape, to tiles {@code [F, n BANDS, h, w]}. */
    private static String sideBySide(Ops ops, String bands, int n, String height, String width) {
        String split = ops.concat(0, ops.longs(0, BANDS), height, ops.longs(n), width);
        String tiles = ops.transpose(ops.reshapeTo(bands, split), 0, 1, 3, 2, 4);
        return ops.reshapeTo(tiles, ops.concat(0, ops.longs(0, (long) n * BANDS), height, width));
    }
}
