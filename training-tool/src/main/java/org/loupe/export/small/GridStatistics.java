package org.loupe.export.small;

import java.util.Arrays;
import org.loupe.export.small.Tiles.Group;

/** The grid of 8 x 8 coding blocks, and even areas: how far the differences across one phase stand out from their neighbours. */
final class GridStatistics {
    private static final int PHASES = 8;

    /** Element 0 of a profile is the difference of pixels 0 and 1, and the first phase is about element 1: pixel 8 minus pixel 7 is phase 6. */
    private static final int CODING = 6;

    private final Ops ops;
    private final Features features;

    GridStatistics(Ops ops, Features features) {
        this.ops = ops;
        this.features = features;
    }

    /** @param centred {@code [F, TILES, h, w]}, values less any constant */
    void describe(String centred) {
        int seen = Group.FULL.tiles();
        String right = differences(centred, 3);
        String down = differences(centred, 2);
        String across = ops.reshape(ops.mean(ofAllTiles(right, seen), false, 1), 0, 1, -1);
        String downwards = ops.reshape(ops.mean(ofAllTiles(down, seen), false, 2), 0, 1, -1);
        String phases = ops.concat(1, phases(across), phases(downwards)); // [F, 2, PHASES]
        String scale = ops.concat(1, ops.mean(across, true, 2), ops.mean(downwards, true, 2)); // [F, 2, 1]
        String even = ops.concat(1, even(right), even(down));
        String deviation = ops.length(ops.matMul(phases, deviations()), true, 2);
        String outstanding =
                ops.concat(2, ops.maximum(phases, true, 2), ops.slice(phases, 2, CODING, CODING + 1), deviation);
        String all =
                ops.concat(2, ops.div(outstanding, ops.add(scale, 0.1f)), ops.sub(ops.scalar(1f), ops.mul(even, 2f)));
        features.add(
                ops.reshape(all, 0, 8),
                "blockiness_x_max",
                "blockiness_x_grid",
                "blockiness_x_sd",
                "flat_share_x",
                "blockiness_y_max",
                "blockiness_y_grid",
                "blockiness_y_sd",
                "flat_share_y");
    }

    /** Magnitudes of the differences of neighbours in the full resolution. */
    private String differences(String centred, int axis) {
        long[] axes = {1, axis};
        long seen = Group.FULL.tiles();
        String later = ops.cut(centred, axes, new long[] {0, 1}, new long[] {seen, Ops.END});
        String earlier = ops.cut(centred, axes, new long[] {0, 0}, new long[] {seen, -1});
        return ops.abs(ops.sub(later, earlier));
    }

    /** Mean of all tiles, place by place: {@code [F, h, w]}. The product of matrices takes a sixth of the time that a mean over this axis does. */
    private String ofAllTiles(String planes, int tiles) {
        float[] share = new float[tiles];
        Arrays.fill(share, 1f / tiles);
        String flat = ops.matMul(ops.matrix(new float[][] {share}), ops.reshape(planes, 0, tiles, -1));
        String shape = ops.concat(0, ops.longs(0), ops.shape(planes, 2, 4));
        return ops.reshapeTo(flat, shape);
    }

    /**
     * How far each difference stands out from the mean of its two neighbours, mean over every eighth.
     *
     * @param profile {@code [F, 1, 8 k - 1]}
     * @return {@code [F, 1, PHASES]}
     */
    private String phases(String profile) {
        int reach = PHASES + 2;
        float[] kernels = new float[PHASES * reach];
        for (int phase = 0; phase < PHASES; phase++) {
            kernels[phase * reach + phase] = -0.5f;
            kernels[phase * reach + phase + 1] = 1;
            kernels[phase * reach + phase + 2] = -0.5f;
        }
        String rounds = ops.line(profile, ops.floats(new long[] {PHASES, 1, reach}, kernels), PHASES);
        return ops.reshape(ops.mean(rounds, false, 2), 0, 1, PHASES);
    }

    /** Takes phases to what each has over their mean, so scaled that the length of the result is the standard deviation. */
    private String deviations() {
        float[][] matrix = new float[PHASES][PHASES];
        for (int i = 0; i < PHASES; i++) {
            for (int j = 0; j < PHASES; j++) {
                matrix[i][j] = (float) (((i == j ? 1 : 0) - 1.0 / PHASES) / Math.sqrt(PHASES));
            }
        }
        return ops.matrix(matrix);
    }

    /** @return {@code [F, 1, 1]} */
    private String even(String differences) {
        return ops.reshape(ops.mean(ops.cap(differences, 0.5f), false, 1, 2, 3), 0, 1, 1);
    }
}
