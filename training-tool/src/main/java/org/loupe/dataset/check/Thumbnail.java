package org.loupe.dataset.check;

import org.loupe.decode.Frame;
import org.loupe.preprocess.AreaResizer;

/**
 * What is kept of a picture to find its copies: the luminance of {@value #SIDE} x {@value #SIDE} areas, whatever the proportions, and a
 * short vector of its layout and colours. Re-encoding and resizing hardly change either; a crop moves both a little.
 */
final class Thumbnail {
    /** Areas on each side. */
    static final int SIDE = 48;

    private static final int LUMA_CELLS = 8;
    private static final int COLOUR_CELLS = 4;
    /** Length of {@link #layout}. */
    static final int LAYOUT = LUMA_CELLS * LUMA_CELLS + 2 * COLOUR_CELLS * COLOUR_CELLS;

    /** Below this spread, in grey values, a picture is so flat that its layout is noise, and it resembles nothing. */
    private static final double FLAT = 3;

    private final byte[] luma;
    private final float[] layout;

    private Thumbnail(byte[] luma, float[] layout) {
        this.luma = luma;
        this.layout = layout;
    }

    /** @param frame of any size */
    static Thumbnail of(Frame frame) {
        Frame small = AreaResizer.reduce(frame, Math.min(SIDE, frame.width()), Math.min(SIDE, frame.height()));
        byte[] luma = new byte[SIDE * SIDE];
        float[] layout = new float[LAYOUT];
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                int at = 3 * (y * small.height() / SIDE * small.width() + x * small.width() / SIDE);
                int r = small.rgb()[at] & 0xff;
                int g = small.rgb()[at + 1] & 0xff;
                int b = small.rgb()[at + 2] & 0xff;
                double grey = 0.299 * r + 0.587 * g + 0.114 * b;
                luma[y * SIDE + x] = (byte) Math.rint(grey);
                layout[cell(x, y, LUMA_CELLS)] += (float) grey;
                int colour = LUMA_CELLS * LUMA_CELLS + cell(x, y, COLOUR_CELLS);
                layout[colour] += r - g;
                layout[colour + COLOUR_CELLS * COLOUR_CELLS] += (r + g) / 2f - b;
            }
        }
        return new Thumbnail(luma, normalised(layout));
    }

    private static int cell(int x, int y, int cells) {
        return y * cells / SIDE * cells + x * cells / SIDE;
    }

    /** Means of the cells; luminance and both colour differences without their mean, then together of unit length. */
    private static float[] normalised(float[] sums) {
        int lumaCells = LUMA_CELLS * LUMA_CELLS;
        int colourCells = COLOUR_CELLS * COLOUR_CELLS;
        scale(sums, 0, lumaCells, (float) lumaCells / (SIDE * SIDE));
        scale(sums, lumaCells, LAYOUT, (float) colourCells / (SIDE * SIDE));
        centre(sums, 0, lumaCells);
        centre(sums, lumaCells, lumaCells + colourCells);
        centre(sums, lumaCells + colourCells, LAYOUT);
        double length = 0;
        for (float value : sums) {
            length += (double) value * value;
        }
        scale(sums, 0, LAYOUT, (float) (1 / Math.max(Math.sqrt(length), FLAT * LUMA_CELLS)));
        return sums;
    }

    private static void scale(float[] values, int from, int to, float factor) {
        for (int i = from; i < to; i++) {
            values[i] *= factor;
        }
    }

    private static void centre(float[] values, int from, int to) {
        float mean = 0;
        for (int i = from; i < to; i++) {
            mean += values[i] / (to - from);
        }
        for (int i = from; i < to; i++) {
            values[i] -= mean;
        }
    }

    /** @return the same picture seen in a mirror that stands beside it */
    Thumbnail mirrored() {
        byte[] turned = new byte[luma.length];
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                turned[y * SIDE + x] = luma[y * SIDE + SIDE - 1 - x];
            }
        }
        float[] cells = new float[LAYOUT];
        int colour = LUMA_CELLS * LUMA_CELLS;
        turn(layout, cells, 0, LUMA_CELLS);
        turn(layout, cells, colour, COLOUR_CELLS);
        turn(layout, cells, colour + COLOUR_CELLS * COLOUR_CELLS, COLOUR_CELLS);
        return new Thumbnail(turned, cells);
    }

    private static void turn(float[] from, float[] to, int first, int cells) {
        for (int y = 0; y < cells; y++) {
            for (int x = 0; x < cells; x++) {
                to[first + y * cells + x] = from[first + y * cells + cells - 1 - x];
            }
        }
    }

    /** @return cosine of the layouts, -1..1: a cheap first look */
    float layoutSimilarity(Thumbnail other) {
        float sum = 0;
        for (int i = 0; i < LAYOUT; i++) {
            sum += layout[i] * other.layout[i];
        }
        return sum;
    }

    /** @return grey value, 0..255, between the areas' centres; edges are continued */
    double at(double x, double y) {
        double cx = Math.min(SIDE - 1, Math.max(0, x));
        double cy = Math.min(SIDE - 1, Math.max(0, y));
        int left = Math.min((int) cx, SIDE - 2);
        int top = Math.min((int) cy, SIDE - 2);
        double fx = cx - left;
        double fy = cy - top;
        int at = top * SIDE + left;
        double upper = (luma[at] & 0xff) * (1 - fx) + (luma[at + 1] & 0xff) * fx;
        double lower = (luma[at + SIDE] & 0xff) * (1 - fx) + (luma[at + SIDE + 1] & 0xff) * fx;
        return upper * (1 - fy) + lower * fy;
    }
}
