package org.loupe.preprocess;

import java.util.Arrays;

/** The vertical pass over lines as they come from the horizontal one, kept only while an output still needs them. For one thread. */
final class VerticalPass {
    private final KernelTable rows;
    private final int top;
    private final int pictureLines;
    private final int[] paddingLine;
    private final int[][] lines;
    private final int[] sums;
    private final byte[] rgb;

    /** The next row to be written. */
    private int next;

    /**
     * @param rows its {@code in} is the picture's lines and all padding
     * @param top lines of padding before the picture
     * @param paddingLine samples of a line of padding
     */
    VerticalPass(KernelTable rows, int top, int pictureLines, int[] paddingLine) {
        this.rows = rows;
        this.top = top;
        this.pictureLines = pictureLines;
        this.paddingLine = paddingLine;
        int kept = Math.min(rows.stride + HorizontalPass.BLOCK_ROWS, pictureLines);
        this.lines = new int[kept][paddingLine.length];
        this.sums = new int[paddingLine.length];
        this.rgb = new byte[Math.multiplyExact(rows.out, paddingLine.length)];
    }

    /** @return where the horizontal pass puts line y of the picture, at {@code y % length} */
    int[][] lines() {
        return lines;
    }

    /**
     * Writes every row that needs no further line.
     *
     * @param available lines of the picture that have come so far
     */
    void run(int available) {
        while (next < rows.out) {
            int from = Math.max(rows.first[next], top);
            int to = Math.min(rows.first[next] + rows.count[next], top + pictureLines);
            if (to - top > available) {
                return;
            }
            if (rows.in == rows.out) {
                int line = next - top;
                write(line < 0 || line >= pictureLines ? paddingLine : lines[line % lines.length]);
            } else {
                sum(from, to);
                write(sums);
            }
            next++;
        }
    }

    /** @return the picture, once all its lines have come; not copied */
    byte[] rgb() {
        return rgb;
    }

    private void sum(int from, int to) {
        Arrays.fill(sums, KernelTable.ROUNDING);
        int weight = next * rows.stride;
        int padding = 0;
        for (int j = 0; j < rows.count[next]; j++) {
            int line = rows.first[next] + j;
            padding += line < from || line >= to ? rows.weights[weight + j] : 0;
        }
        if (padding != 0) {
            WeightedSums.add(sums, sums.length, paddingLine, padding, paddingLine, 0, paddingLine, 0, paddingLine, 0);
        }
        WeightedSums.add(
                sums, sums.length, lines, from - top, rows.weights, weight + from - rows.first[next], to - from);
        for (int i = 0; i < sums.length; i++) {
            sums[i] = WeightedSums.clamped(sums[i]);
        }
    }

    private void write(int[] samples) {
        int at = next * samples.length;
        for (int i = 0; i < samples.length; i++) {
            rgb[at + i] = (byte) samples[i];
        }
    }
}
