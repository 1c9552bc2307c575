package org.loupe.export;

import java.util.Arrays;

/** Packs blocks of weights into 4-bit steps around 8. One instance a thread. */
public final class Nibbles {
    /** Weights that share a scale. */
    public static final int BLOCK = Quantised.BLOCK;

    private static final int ZERO = 8;
    private static final int LEAST = -8;
    private static final int MOST = 7;
    // The largest weight at the end of the range, and some places around: clipping one weight a little may serve the
    // other 31.
    private static final float[] STEPS = {8f, 7.5f, 7f, 6.5f, 8.5f};
    // Added and taken away again, it leaves a small number rounded to a whole one, ties to even.
    private static final float ROUNDING = 0x1.8p23f;

    private final float[] candidate = new float[Quantised.BLOCK];
    private final float[] best = new float[Quantised.BLOCK];

    /**
     * Packs one block.
     *
     * @param count weights in the block; the rest of 32 becomes zero
     * @param packed receives 16 bytes: two steps counted from 8 in each, the first in its low half
     * @return the scale; 1 for a block of zeros
     */
    public float pack(float[] weights, int from, int count, byte[] packed, int at) {
        float scale = choose(weights, from, count, extreme(weights, from, count));
        for (int pair = 0; pair < Quantised.BLOCK / 2; pair++) {
            int low = (int) best[2 * pair] + ZERO;
            int high = (int) best[2 * pair + 1] + ZERO;
            packed[at + pair] = (byte) (low | (high << 4));
        }
        return scale;
    }

    private static float extreme(float[] weights, int from, int count) {
        float extreme = 0;
        for (int i = 0; i < count; i++) {
            if (Math.abs(weights[from + i]) > Math.abs(extreme)) {
                extreme = weights[from + i];
            }
        }
        return extreme;
    }

    /**
     * Leaves in {@link #best} the steps whose multiple comes closest to the weights, and returns what they are a multiple of. For given steps q
     * that is {@code sum(q w) / sum(q q)}, and what it misses is the smaller the larger {@code sum(q w)^2 / sum(q q)} is. The extreme weight
     * goes to the side with one step more, so scales may be negative.
     */
    private float choose(float[] weights, int from, int count, float extreme) {
        Arrays.fill(best, 0);
        float scale = 1;
        float most = 0;
        for (float steps : STEPS) {
            float inverse = -steps / extreme;
            if (!Float.isFinite(inverse)) {
                break; // nothing but zeros, or as good as
            }
            for (int i = 0; i < count; i++) {
                float rounded = (weights[from + i] * inverse + ROUNDING) - ROUNDING;
                candidate[i] = Math.max(LEAST, Math.min(MOST, rounded));
            }
            float overlap = 0;
            float length = 0;
            for (int i = 0; i < count; i++) {
                overlap += candidate[i] * weights[from + i];
                length += candidate[i] * candidate[i];
            }
            float explained = overlap / length * overlap;
            if (explained > most) {
                most = explained;
                scale = overlap / length;
                System.arraycopy(candidate, 0, best, 0, count);
            }
        }
        return scale;
    }
}
