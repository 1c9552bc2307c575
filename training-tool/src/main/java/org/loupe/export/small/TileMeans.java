package org.loupe.export.small;

import java.util.ArrayList;
import java.util.List;

/**
 * Means over {@link Tiles}, brought from tiles to groups of tiles all at once: a product of small matrices costs a few microseconds
 * whatever it multiplies. First every plane is {@link #take taken}, then {@link #join} is called once, then {@link #of} gives what was
 * taken.
 */
final class TileMeans {
    private final Ops ops;
    private final int tiles;
    private final List<String> means = new ArrayList<>();
    private List<String> joined = List.of();

    /** @param tiles how many of the {@link Tiles} the planes show, from the first on */
    TileMeans(Ops ops, int tiles) {
        this.ops = ops;
        this.tiles = tiles;
    }

    /**
     * @param planes {@code [F, tiles, any, any]}
     * @return what {@link #of} wants
     */
    int take(String planes) {
        means.add(ops.planeMean(planes));
        return means.size() - 1;
    }

    /** As {@link #take}, in the one way that the runtime's blocked layout knows: cheaper behind convolutions, dearer elsewhere. */
    int takeBlocked(String planes) {
        means.add(ops.reshape(ops.node("GlobalAveragePool", planes), 0, tiles));
        return means.size() - 1;
    }

    void join() {
        Tiles.Group[] all = Tiles.Group.values();
        int groups = all.length;
        float[] share = new float[tiles * groups];
        for (int g = 0; g < groups; g++) {
            for (int i = 0; i < all[g].tiles() && all[g].first() < tiles; i++) {
                share[(all[g].first() + i) * groups + g] = 1f / all[g].tiles();
            }
        }
        String ofTiles = ops.reshape(ops.concat(1, means), 0, means.size(), tiles);
        String ofGroups = ops.matMul(ofTiles, ops.floats(new long[] {tiles, groups}, share));
        joined = ops.split(ofGroups, 1, means.size());
    }

    /** @return mean of each group, {@code [F, 1, groups]}; 0 for groups whose tiles are not shown */
    String of(int taken) {
        return joined.get(taken);
    }
}
