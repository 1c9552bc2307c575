package org.loupe.preprocess;

import org.loupe.decode.Frame;

/**
 * Pillow's 8-bit bicubic resize, bit for bit: a horizontal pass, then a vertical one, each in 32-bit fixed point and each rounding to 8
 * bit; a pass that would not change its size is skipped. Padding is fused: the padded canvas is never built, what it adds is known
 * beforehand. Both passes go through the frame together, a block of rows at a time, and need a few hundred kilobytes whatever its size.
 * Stateless, safe for many threads.
 */
public final class PillowBicubic {
    private PillowBicubic() {}

    /**
     * Resizes to exactly the given size; ratio and direction are free on each axis.
     *
     * @param width pixels, at least 1
     * @param height pixels, at least 1
     * @return the same frame when the size already matches
     */
    public static Frame resize(Frame frame, int width, int height) {
        if (frame.width() == width && frame.height() == height) {
            return frame;
        }
        KernelTable columns = new KernelTable(frame.width(), width);
        KernelTable rows =
                frame.height() == frame.width() && width == height ? columns : new KernelTable(frame.height(), height);
        return resample(frame, 0, 0, new byte[3], columns, rows);
    }

    /**
     * Pads to a square with the picture in the middle (an odd rest goes to the right and the bottom), then resizes the square.
     *
     * @param side side of the result, pixels, at least 1
     * @param padRgb colour of the padding, three bytes
     * @return the same frame when it already is that square
     */
    public static Frame padAndResize(Frame frame, int side, byte[] padRgb) {
        if (frame.width() == side && frame.height() == side) {
            return frame;
        }
        int square = Math.max(frame.width(), frame.height());
        return padAndResize(frame, padRgb, new KernelTable(square, side));
    }

    /** As above with a table of the caller's, {@code table.in} being the larger side of the frame. */
    static Frame padAndResize(Frame frame, byte[] padRgb, KernelTable table) {
        int left = (table.in - frame.width()) / 2;
        int top = (table.in - frame.height()) / 2;
        return resample(frame, left, top, padRgb, table, table);
    }

    private static Frame resample(
            Frame frame, int left, int top, byte[] padRgb, KernelTable columns, KernelTable rows) {
        HorizontalPass horizontal = new HorizontalPass(frame, left, padRgb, columns);
        VerticalPass vertical = new VerticalPass(rows, top, frame.height(), horizontal.paddingLine());
        for (int row = 0; row < frame.height(); row += HorizontalPass.BLOCK_ROWS) {
            int count = Math.min(HorizontalPass.BLOCK_ROWS, frame.height() - row);
            horizontal.run(row, count, vertical.lines());
            vertical.run(row + count);
        }
        return new Frame(columns.out, rows.out, vertical.rgb());
    }
}
