package org.loupe.export.small;

import org.loupe.export.small.Tiles.Group;

/** The grid of 8 x 8 coding blocks, and even areas: how far the differences across one phase stand out from their neighbours. */
final class GridStatistics {
    private static final int PHASES = 8;

    private final Ops ops;
    private final Features features;

    GridStatistics(Ops ops, Features features) {
        this.ops = ops;
        this.features = features;
    }

    /** @param centred {@code [F, TILES, h, w]}, values less any constant */
    void describe(String centred) {
        String x = ops.channel(centred, 0, Group.FULL.tiles());
        String right = ops.abs(ops.sub(ops.window(x, 0, 1, 0, 0), ops.window(x, 0, 0, 0, 1)));
        axis(right, ops.mean(right, false, 1, 2), "x");
        String down = ops.abs(ops.sub(ops.window(x, 1, 0, 0, 0), ops.window(x, 0, 0, 1, 0)));
        axis(down, ops.mean(ops.mean(down, false, 3), false, 1), "y");
    }

    /** @param profile {@code [F, n]}, mean difference at each place of a tile */
    private void axis(String differences, String profile, String name) {
        String outstanding = ops.sub(
                ops.slice(profile, 1, 1, -1),
                ops.mul(ops.add(ops.slice(profile, 1, 0, -2), ops.slice(profile, 1, 2, Ops.END)), 0.5f));
        String whole = ops.mul(ops.quotient(ops.slice(ops.shape(outstanding), 0, 1, 2), PHASES), ops.longs(PHASES));
        String phases = ops.mean(ops.reshape(ops.sliceTo(outstanding, 1, whole), 0, -1, PHASES), false, 1);
        String scale = ops.add(ops.mean(profile, true, 1), 0.1f);
        String mean = ops.mean(phases, true, 1);
        String sd = ops.sqrt(ops.relu(ops.sub(ops.mean(ops.square(phases), true, 1), ops.square(mean))));
        String even = ops.reshape(ops.mean(ops.cap(differences, 0.5f), true, 1, 2, 3), 0, 1);
        features.add(
                ops.concat(
                        1,
                        // Element 0 of the list is difference 1, so pixel 8 minus pixel 7 is element 6.
                        ops.div(ops.concat(1, ops.maximum(phases, true, 1), ops.slice(phases, 1, 6, 7), sd), scale),
                        ops.sub(ops.scalar(1f), ops.mul(even, 2f))),
                "blockiness_" + name + "_max",
                "blockiness_" + name + "_grid",
                "blockiness_" + name + "_sd",
                "flat_share_" + name);
    }
}
