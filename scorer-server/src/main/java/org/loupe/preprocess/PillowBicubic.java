package org.loupe.preprocess;

import java.util.Arrays;
import org.loupe.decode.Frame;

/**
 * Pillow's 8-bit bicubic resize, bit for bit: a horizontal pass, then a vertical one, each in 32-bit fixed point and each rounding to 8
 * bit; a pass that would not change its size is skipped. Padding is fused: the padded canvas is never built, only the lines that differ.
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
        byte[] lines = horizontal(frame, left, padRgb, columns);
        byte[] rgb = vertical(lines, frame.height(), top, columns.out * 3, rows);
        return new Frame(columns.out, rows.out, rgb);
    }

    /** @return the picture's lines after the horizontal pass and, as last line, a line of padding after the same pass */
    private static byte[] horizontal(Frame frame, int left, byte[] padRgb, KernelTable columns) {
        int lineBytes = columns.out * 3;
        int pictureBytes = frame.width() * 3;
        byte[] lines = new byte[Math.multiplyExact(frame.height() + 1, lineBytes)];
        byte[] line = new byte[columns.in * 3];
        for (int i = 0; i < line.length; i++) {
            line[i] = padRgb[i % 3];
        }
        // A line of padding is not simply the pad colour: the fixed-point weights of an output need not sum to exactly
        // one.
        horizontalLine(line, 0, columns, lines, frame.height() * lineBytes);
        boolean padded = pictureBytes != line.length;
        for (int y = 0; y < frame.height(); y++) {
            if (padded) {
                System.arraycopy(frame.rgb(), y * pictureBytes, line, left * 3, pictureBytes);
                horizontalLine(line, 0, columns, lines, y * lineBytes);
            } else {
                horizontalLine(frame.rgb(), y * pictureBytes, columns, lines, y * lineBytes);
            }
        }
        return lines;
    }

    private static void horizontalLine(byte[] source, int from, KernelTable columns, byte[] target, int to) {
        if (columns.in == columns.out) {
            System.arraycopy(source, from, target, to, columns.out * 3);
            return;
        }
        int[] weights = columns.weights;
        for (int x = 0; x < columns.out; x++) {
            int start = from + columns.first[x] * 3;
            int weight = x * columns.stride;
            int count = columns.count[x];
            int red = KernelTable.ROUNDING;
            int green = KernelTable.ROUNDING;
            int blue = KernelTable.ROUNDING;
            for (int j = 0; j < count; j++) {
                int k = weights[weight + j];
                red += k * (source[start + 3 * j] & 0xff);
                green += k * (source[start + 3 * j + 1] & 0xff);
                blue += k * (source[start + 3 * j + 2] & 0xff);
            }
            int out = to + 3 * x;
            target[out] = clamped(red);
            target[out + 1] = clamped(green);
            target[out + 2] = clamped(blue);
        }
    }

    private static byte[] vertical(byte[] lines, int pictureLines, int top, int lineBytes, KernelTable rows) {
        byte[] rgb = new byte[Math.multiplyExact(rows.out, lineBytes)];
        int[] sums = new int[lineBytes];
        for (int y = 0; y < rows.out; y++) {
            if (rows.in == rows.out) {
                System.arraycopy(lines, offset(y - top, pictureLines, lineBytes), rgb, y * lineBytes, lineBytes);
                continue;
            }
            Arrays.fill(sums, KernelTable.ROUNDING);
            for (int j = 0; j < rows.count[y]; j++) {
                int line = offset(rows.first[y] + j - top, pictureLines, lineBytes);
                int k = rows.weights[y * rows.stride + j];
                for (int i = 0; i < sums.length; i++) {
                    sums[i] += k * (lines[line + i] & 0xff);
                }
            }
            int out = y * lineBytes;
            for (int i = 0; i < sums.length; i++) {
                rgb[out + i] = clamped(sums[i]);
            }
        }
        return rgb;
    }

    /** Where a line of the canvas lies: the picture's own, or the padding line behind them. */
    private static int offset(int line, int pictureLines, int lineBytes) {
        return (line < 0 || line >= pictureLines ? pictureLines : line) * lineBytes;
    }

    private static byte clamped(int sum) {
        int value = sum >> KernelTable.PRECISION_BITS;
        return (byte) Math.max(0, Math.min(255, value));
    }
}
