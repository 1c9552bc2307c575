package org.loupe.export.small;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.loupe.decode.Frame;
import org.loupe.export.small.Tiles.Group;

/** The tiles once more, pixel by pixel in doubles. For pictures of at least 64 pixels a side, of which up to three last rows and columns do not count. */
final class PlainTiles {
    private final double[][][] quarter = new double[6][][];
    private final Map<Group, List<double[][]>> tiles = new EnumMap<>(Group.class);
    private final double[][] y;
    private final int height;
    private final int width;

    PlainTiles(Frame frame) {
        int usedHeight = frame.height() / 4 * 4;
        int usedWidth = frame.width() / 4 * 4;
        y = new double[usedHeight][usedWidth];
        double[][][] rgb = new double[3][usedHeight][usedWidth];
        for (int r = 0; r < usedHeight; r++) {
            for (int c = 0; c < usedWidth; c++) {
                for (int k = 0; k < 3; k++) {
                    rgb[k][r][c] = PlainStatistics.value(frame, r, c, k);
                }
                y[r][c] = 0.299 * rgb[0][r][c] + 0.587 * rgb[1][r][c] + 0.114 * rgb[2][r][c];
            }
        }
        for (int k = 0; k < 3; k++) {
            quarter[k] = reduced(rgb[k], 4);
        }
        quarter[3] = reduced(y, 4);
        int rows = quarter[3].length;
        int columns = quarter[3][0].length;
        quarter[4] = new double[rows][columns];
        quarter[5] = new double[rows][columns];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                quarter[4][r][c] = quarter[0][r][c] - quarter[1][r][c];
                quarter[5][r][c] = (quarter[0][r][c] + quarter[1][r][c]) / 2 - quarter[2][r][c];
            }
        }
        height = Math.max(16, frame.height() / 256 * 8);
        width = frame.width() / 32 * 8;
        cut();
    }

    private void cut() {
        for (int band = 0; band < 8; band++) {
            int centre = (2 * band + 1) * y.length / 16;
            int top = Math.max(0, Math.min((centre - height) / 8 * 8, y.length - 2 * height));
            for (int i = 0; i < 4; i++) {
                tile(Group.FULL, y, top, i * width);
            }
            int rows = quarter[3].length;
            int quarterTop = Math.max(0, Math.min((2 * band + 1) * rows / 16 - height / 2, rows - height));
            tile(Group.QUARTER, quarter[3], quarterTop, 0);
            if (band % 2 == 0) {
                tile(Group.RED_GREEN, quarter[4], quarterTop, 0);
                tile(Group.YELLOW_BLUE, quarter[5], quarterTop, 0);
            }
        }
    }

    private void tile(Group group, double[][] plane, int top, int left) {
        double[][] tile = new double[height][width];
        for (int r = 0; r < height; r++) {
            System.arraycopy(plane[top + r], left, tile[r], 0, width);
        }
        tiles.computeIfAbsent(group, g -> new ArrayList<>()).add(tile);
    }

    static double[][] reduced(double[][] plane, int side) {
        double[][] reduced = new double[plane.length / side][plane[0].length / side];
        for (int r = 0; r < reduced.length * side; r++) {
            for (int c = 0; c < reduced[0].length * side; c++) {
                reduced[r / side][c / side] += plane[r][c] / (side * side);
            }
        }
        return reduced;
    }

    /** Red, green, blue, luminance, red - green, yellow - blue. */
    double[][][] quarter() {
        return quarter;
    }

    List<double[][]> of(Group group) {
        return tiles.getOrDefault(group, List.of());
    }
}
