package org.loupe.preprocess;

import java.util.Arrays;
import org.loupe.decode.Frame;

/**
 * The horizontal pass over one frame, some rows at a time. The rows are turned on their side first: one column of all the block's rows
 * becomes one array, so that a weight belongs to a whole array and the work is sums of arrays. Columns of padding are never turned; what
 * they add to an output is the same for every row and known beforehand. For one thread and one frame.
 */
final class HorizontalPass {
    /** Rows turned at a time: long enough arrays for vector instructions, and a window of them still fits the second-level cache. */
    static final int BLOCK_ROWS = 128;

    /** Columns turned in one go, so that a cache line of the frame is read a few times and not once for each of its 21 pixels. */
    private static final int TURNED = 4;

    private final Frame frame;
    private final int left;
    private final byte[] padRgb;
    private final KernelTable columns;

    /** Lanes of one channel in an array: rows of a block. */
    private final int rows;

    /** Turned columns of the frame, at their number modulo the length. {@code int[slot][channel * rows + row]}. */
    private final int[][] turned;

    /** What rounding and padding give to each output and channel. {@code int[output * 3 + channel]}. */
    private final int[] constant;

    private final int[] sums;

    /**
     * @param left columns of padding before the frame
     * @param columns its {@code in} is the frame's width and all padding
     */
    HorizontalPass(Frame frame, int left, byte[] padRgb, KernelTable columns) {
        this.frame = frame;
        this.left = left;
        this.padRgb = padRgb;
        this.columns = columns;
        this.rows = Math.min(BLOCK_ROWS, frame.height());
        int window = (columns.stride + 2 * TURNED) / TURNED * TURNED;
        this.turned = new int[columns.in == columns.out ? 0 : window][3 * rows];
        this.constant = new int[columns.out * 3];
        this.sums = new int[3 * rows];
        if (columns.in != columns.out) {
            addPadding();
        }
    }

    private void addPadding() {
        for (int x = 0; x < columns.out; x++) {
            int padding = 0;
            for (int j = 0; j < columns.count[x]; j++) {
                int column = columns.first[x] + j - left;
                if (column < 0 || column >= frame.width()) {
                    padding += columns.weights[x * columns.stride + j];
                }
            }
            for (int channel = 0; channel < 3; channel++) {
                constant[3 * x + channel] = KernelTable.ROUNDING + padding * (padRgb[channel] & 0xff);
            }
        }
    }

    /** @return samples of a line that is padding all through; not simply the pad colour, since weights need not sum to exactly one */
    int[] paddingLine() {
        int[] line = new int[columns.out * 3];
        for (int x = 0; x < columns.out; x++) {
            int sum = 0;
            for (int j = 0; j < columns.count[x]; j++) {
                sum += columns.weights[x * columns.stride + j];
            }
            for (int channel = 0; channel < 3; channel++) {
                int colour = padRgb[channel] & 0xff;
                line[3 * x + channel] =
                        columns.in == columns.out ? colour : WeightedSums.clamped(KernelTable.ROUNDING + sum * colour);
            }
        }
        return line;
    }

    /**
     * Resizes some lines.
     *
     * @param firstRow row of the frame
     * @param count 1 to {@link #BLOCK_ROWS}, not beyond the frame's end
     * @param lines receives the samples of row {@code firstRow + r} at index {@code (firstRow + r) % lines.length}
     */
    void run(int firstRow, int count, int[][] lines) {
        if (columns.in == columns.out) {
            for (int row = firstRow; row < firstRow + count; row++) {
                copy(row, lines[row % lines.length]);
            }
            return;
        }
        int[][] block = new int[count][];
        for (int r = 0; r < count; r++) {
            block[r] = lines[(firstRow + r) % lines.length];
        }
        int done = 0;
        for (int x = 0; x < columns.out; x++) {
            int from = Math.max(columns.first[x], left);
            int to = Math.min(columns.first[x] + columns.count[x], left + frame.width());
            while (done < to - left) {
                turn(firstRow, count, done);
                done = Math.min(done + TURNED, frame.width());
            }
            for (int channel = 0; channel < 3; channel++) {
                Arrays.fill(sums, channel * rows, channel * rows + count, constant[3 * x + channel]);
            }
            int weight = x * columns.stride + from - columns.first[x];
            WeightedSums.add(sums, sums.length, turned, from - left, columns.weights, weight, to - from);
            for (int r = 0; r < count; r++) {
                int[] line = block[r];
                line[3 * x] = WeightedSums.clamped(sums[r]);
                line[3 * x + 1] = WeightedSums.clamped(sums[rows + r]);
                line[3 * x + 2] = WeightedSums.clamped(sums[2 * rows + r]);
            }
        }
    }

    private void copy(int row, int[] line) {
        byte[] rgb = frame.rgb();
        for (int i = 0; i < line.length; i++) {
            line[i] = padRgb[i % 3] & 0xff;
        }
        int from = row * frame.width() * 3;
        for (int i = 0; i < frame.width() * 3; i++) {
            line[left * 3 + i] = rgb[from + i] & 0xff;
        }
    }

    /** Turns {@link #TURNED} columns, or what is left of them. */
    private void turn(int firstRow, int count, int column) {
        int stride = frame.width() * 3;
        int from = firstRow * stride + column * 3;
        int slot = column % turned.length;
        if (column + TURNED <= frame.width()) {
            turnFour(from, stride, count, slot);
            return;
        }
        for (int c = 0; c < frame.width() - column; c++) {
            int[] to = turned[slot + c];
            for (int r = 0; r < count; r++) {
                int at = from + 3 * c + r * stride;
                to[r] = frame.rgb()[at] & 0xff;
                to[rows + r] = frame.rgb()[at + 1] & 0xff;
                to[2 * rows + r] = frame.rgb()[at + 2] & 0xff;
            }
        }
    }

    private void turnFour(int from, int stride, int count, int slot) {
        byte[] rgb = frame.rgb();
        int[] a = turned[slot];
        int[] b = turned[slot + 1];
        int[] c = turned[slot + 2];
        int[] d = turned[slot + 3];
        int at = from;
        for (int red = 0; red < count; red++) {
            int green = rows + red;
            int blue = 2 * rows + red;
            a[red] = rgb[at] & 0xff;
            a[green] = rgb[at + 1] & 0xff;
            a[blue] = rgb[at + 2] & 0xff;
            b[red] = rgb[at + 3] & 0xff;
            b[green] = rgb[at + 4] & 0xff;
            b[blue] = rgb[at + 5] & 0xff;
            c[red] = rgb[at + 6] & 0xff;
            c[green] = rgb[at + 7] & 0xff;
            c[blue] = rgb[at + 8] & 0xff;
            d[red] = rgb[at + 9] & 0xff;
            d[green] = rgb[at + 10] & 0xff;
            d[blue] = rgb[at + 11] & 0xff;
            at += stride;
        }
    }
}
