package org.loupe.preprocess;

import org.loupe.decode.Frame;

/** {@code pad-square}: pad to a square with the pad colour, then Pillow's bicubic to side x side. */
final class PadSquarePreprocessor implements Preprocessor {
    private static final int LARGEST_REDUCTION = 8;

    /** How much longer than the result a reduced decode must be on its long side. */
    private static final double MARGIN = 2;

    private final int side;
    private final byte[] padRgb;

    /** The table of the latest size: the frames of a clip, and most photos of one camera, share it. */
    private volatile KernelTable latest;

    PadSquarePreprocessor(int side, byte[] padRgb) {
        this.side = side;
        this.padRgb = padRgb.clone();
        this.latest = new KernelTable(side, side);
    }

    @Override
    public Frame apply(Frame frame) {
        if (frame.width() == side && frame.height() == side) {
            return frame;
        }
        int square = Math.max(frame.width(), frame.height());
        KernelTable table = latest;
        if (table.in != square) {
            table = new KernelTable(square, side);
            latest = table;
        }
        return PillowBicubic.padAndResize(frame, padRgb, table);
    }

    @Override
    public int decodeReduction(int width, int height) {
        boolean wide = width >= height;
        return ReductionRule.of(width, height, LARGEST_REDUCTION, wide ? MARGIN * side : 1, wide ? 1 : MARGIN * side);
    }
}
