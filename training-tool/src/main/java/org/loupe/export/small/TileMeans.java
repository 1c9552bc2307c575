package org.loupe.export.small;

/** Brings means over {@link Tiles} to groups of tiles, all at once: a product of small matrices costs a few microseconds whatever it multiplies. */
final class TileMeans {
    private TileMeans() {}

    /**
     * @param means {@code [F, n TILES]} or any shape of as many, n quantities one after the other
     * @param quantities n
     * @return means of each group, {@code [F, n, groups]}
     */
    static String ofGroups(Ops ops, String means, int quantities) {
        Tiles.Group[] all = Tiles.Group.values();
        float[][] share = new float[Tiles.TILES][all.length];
        for (int g = 0; g < all.length; g++) {
            for (int i = 0; i < all[g].tiles(); i++) {
                share[all[g].first() + i][g] = 1f / all[g].tiles();
            }
        }
        return ops.matMul(ops.reshape(means, 0, quantities, Tiles.TILES), ops.matrix(share));
    }
}
