package org.loupe.export.small;

/** Brings means over {@link Tiles} to groups of tiles, all at once: a product of small matrices costs a few microseconds whatever it multiplies. */
final class TileMeans {
    private TileMeans() {}

    /**
     * @param means {@code [F, n tiles]} or any shape of as many, n quantities one after the other
     * @param quantities n
     * @param tiles how many of the {@link Tiles} they show, from the first on
     * @return means of each group, {@code [F, n, groups]}; 0 for groups whose tiles are not shown
     */
    static String ofGroups(Ops ops, String means, int quantities, int tiles) {
        Tiles.Group[] all = Tiles.Group.values();
        int groups = all.length;
        float[] share = new float[tiles * groups];
        for (int g = 0; g < groups; g++) {
            for (int i = 0; i < all[g].tiles() && all[g].first() < tiles; i++) {
                share[(all[g].first() + i) * groups + g] = 1f / all[g].tiles();
            }
        }
        String ofTiles = ops.reshape(means, 0, quantities, tiles);
        return ops.matMul(ofTiles, ops.floats(new long[] {tiles, groups}, share));
    }
}
