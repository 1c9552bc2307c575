package org.loupe.checkpoint;

/** The abstractor's fixed positions, which checkpoints store with every layer. */
final class PositionTables {
    private static final double BASE = 10000;

    private PositionTables() {}

    /** @return {@code [queries, width]}: sines, then cosines, of the query's number */
    static float[] queries(int queries, int width) {
        float[] table = new float[queries * width];
        for (int i = 0; i < queries; i++) {
            waves(i, width, table, i * width);
        }
        return table;
    }

    /** @return {@code [1 + grid * grid, width]}: zero for the class token; for a patch its column in the first half, its row in the second */
    static float[] keys(int grid, int width) {
        float[] table = new float[(1 + grid * grid) * width];
        for (int row = 0; row < grid; row++) {
            for (int column = 0; column < grid; column++) {
                int at = (1 + row * grid + column) * width;
                waves(column, width / 2, table, at);
                waves(row, width / 2, table, at + width / 2);
            }
        }
        return table;
    }

    private static void waves(int position, int width, float[] table, int at) {
        int half = width / 2;
        for (int j = 0; j < half; j++) {
            double angle = position * StrictMath.pow(BASE, -j / (double) half);
            table[at + j] = (float) StrictMath.sin(angle);
            table[at + half + j] = (float) StrictMath.cos(angle);
        }
    }
}
