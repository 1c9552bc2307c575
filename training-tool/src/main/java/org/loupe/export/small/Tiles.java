package org.loupe.export.small;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The parts of a picture that texture is measured on: tiles of one size, cut from two scales of luminance and from the colour planes, in
 * one tensor, so that one node of the graph measures all of them. Tiles stand side by side in {@link #BANDS} bands that are spread
 * evenly over the height and go through the whole width: a picture of any size is looked at in so many places, and rows are contiguous,
 * which is what makes them cheap to take.
 *
 * <p>The full resolution sees a quarter of the picture, the quarter resolution (nearly) everything: what lies between told nothing new. Every band
 * begins at a multiple of 8 rows, every tile at a multiple of 8 columns, so that coding blocks fall on the same phase in all of them. Up to 31 last
 * columns are not looked at.
 *
 * @param planes {@code float[F, TILES, h, w]}, groups one after the other; luminance less 128, -128..127, opponents -255..255: 32-bit floats keep
 *     more of a deviation when the squares are small
 */
record Tiles(String planes) {
    /** Bands of each scale. */
    static final int BANDS = 8;

    /** A band of the full resolution is the upper half of this many times its height, spread over the picture. */
    private static final int FULL_REACH = 2;

    /** Least height of a tile; its width is at least as much. */
    static final int MIN_HEIGHT = 16;

    /** What a run of tiles shows. */
    enum Group {
        FULL(4 * BANDS, "0"),
        QUARTER(BANDS, "2"),
        RED_GREEN(BANDS / 2, "_rg"),
        YELLOW_BLUE(BANDS / 2, "_yb");

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
            Arrays.stream(Group.values()).mapToInt(Group::tiles).sum();

    /** Taken off every luminance. */
    private static final float MIDDLE = 128;

    /** Pixels a row of the matrix below takes at once, so that a product of matrices can take colours apart. */
    private static final int RUN = 16;

    private static final float[] LUMINANCE = {0.299f, 0.587f, 0.114f};

    /**
     * @param pixels {@code uint8[F, H, W, 3]}, sides multiples of 4 and at least {@link Statistics#MIN_SIDE}
     * @param quarter see {@link #quarter}
     */
    static Tiles of(Ops ops, String pixels, String quarter) {
        String size = ops.shape(pixels, 1, 3);
        String tile = ops.max(ops.mul(ops.quotient(size, 256, 32), ops.longs(8, 8)), ops.longs(MIN_HEIGHT, 0)); // h, w
        String height = ops.slice(tile, 0, 0, 1);
        String width = ops.slice(tile, 0, 1, 2);
        List<String> begin = begins(ops, ops.slice(size, 0, 0, 1), height);
        String places = ops.range(height);

        // Tile by tile while they are bytes: to lay floats out anew would cost four times as much.
        String rows = ops.gather(pixels, ops.add(begin.get(0), places), 1); // [F, BANDS, h, W, 3]
        String cut = ops.reshape(ops.sliceTo(rows, 3, ops.mul(width, ops.longs(4))), 0, 0, 0, 4, -1);
        String runs = ops.reshape(ops.toFloat(ops.transpose(cut, 0, 1, 3, 2, 4)), -1, 3 * RUN);
        String light = ops.add(ops.matMul(runs, luminance(ops)), ops.vector(offsets(RUN, RUN)));
        String full = ops.reshapeTo(light, ops.concat(0, ops.longs(-1, Group.FULL.tiles()), tile));

        String quarterRows = ops.add(begin.get(1), places);
        String bands = ops.sliceTo(ops.gather(ops.channel(quarter, 3, 6), quarterRows, 2), 4, width);
        String planes = ops.reshapeTo(bands, ops.concat(0, ops.longs(0, 3L * BANDS), tile));
        int ofQuarter = TILES - Group.QUARTER.first();
        String ofBands = ops.add(
                ops.gather(planes, seenBands(ops), 1),
                ops.floats(new long[] {ofQuarter, 1, 1}, offsets(ofQuarter, Group.QUARTER.tiles())));
        return new Tiles(ops.concat(1, full, ofBands));
    }

    /** What luminance is moved by, for the first few; colours lie around 0 as they are. */
    private static float[] offsets(int count, int ofLuminance) {
        float[] offsets = new float[count];
        Arrays.fill(offsets, 0, ofLuminance, -MIDDLE);
        return offsets;
    }

    /**
     * The whole picture at a quarter of its side: red, green, blue, luminance, red - green and yellow - blue, means over 4 x 4 pixels.
     *
     * @param lines {@code float[F, H, 3W]}, pixels as they came, sides multiples of 4
     * @return {@code float[F, 6, H/4, W/4]}
     */
    static String quarter(Ops ops, String lines) {
        float[][] mixtures = {
            {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, LUMINANCE, {1, -1, 0}, {0.5f, 0.5f, -1},
        };
        int side = Statistics.SIDE_STEP;
        // Four rows are added by a product and the colours mixed by a convolution over the sum: a convolution over all
        // would take half as long again.
        float[][] quarters = {{1f / side, 1f / side, 1f / side, 1f / side}};
        String width = ops.shape(lines, 2, 3);
        String fours = ops.reshapeTo(lines, ops.concat(0, ops.longs(0, -1, side), width));
        String means = ops.matMul(ops.matrix(quarters), fours); // [F, H/4, 1, 3W]
        String rows = ops.reshapeTo(means, ops.concat(0, ops.longs(0, 1, -1), width));
        float[] weights = new float[mixtures.length * side * 3];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = mixtures[i / (side * 3)][i % 3] / side;
        }
        String kernels = ops.floats(new long[] {mixtures.length, 1, 1, side * 3L}, weights);
        return ops.patches(rows, kernels, ops.vector(new float[mixtures.length]), 1, side * 3L);
    }

    /**
     * First rows of the bands in the picture and in its quarter: none begins before row 0 or ends behind the last.
     *
     * @return two {@code int64[BANDS, 1]}
     */
    private static List<String> begins(Ops ops, String pictureHeight, String tileHeight) {
        String heights = ops.quotient(pictureHeight, 1, 4);
        String rows = ops.mul(tileHeight, ops.longs(FULL_REACH, 1));
        String centres = ops.quotient(ops.mul(ops.reshape(ops.longs(odd()), BANDS, 1), heights), 2L * BANDS);
        String first = ops.sub(centres, ops.quotient(rows, 2)); // [BANDS, 2]
        String onGrid = ops.mul(ops.quotient(first, 8, 1), ops.longs(8, 1));
        return ops.split(ops.max(ops.min(onGrid, ops.sub(heights, rows)), ops.longs(0)), 1, 2);
    }

    private static long[] odd() {
        return IntStream.range(0, BANDS).mapToLong(i -> 2L * i + 1).toArray();
    }

    /** Of all bands of luminance, red - green and yellow - blue: all of the first, every second of the others. */
    private static String seenBands(Ops ops) {
        return ops.longs(IntStream.range(0, 3 * BANDS)
                .filter(i -> i < BANDS || i % 2 == 0)
                .mapToLong(i -> i)
                .toArray());
    }

    /** Takes a run of interleaved pixels to their luminance: {@code [48, 16]}. */
    private static String luminance(Ops ops) {
        float[][] matrix = new float[3 * RUN][RUN];
        for (int i = 0; i < 3 * RUN; i++) {
            matrix[i][i / 3] = LUMINANCE[i % 3];
        }
        return ops.matrix(matrix);
    }
}
