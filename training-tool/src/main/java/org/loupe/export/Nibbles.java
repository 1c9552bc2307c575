package org.loupe.export;

/** Packs blocks of weights into 4-bit steps around 8. One instance a thread. */
final class Nibbles {
    private static final int ZERO = 8;
    private static final int LEAST = -8;
    private static final int MOST = 7;
    // The largest weight at the end of the range, and some steps to both sides: clipping one weight a little may serve
    // the other 31.
    private static final float[] STEPS = {8f, 7.6f, 7.2f, 6.8f, 6.4f, 7.8f, 7.4f, 7f, 8.4f};

    /**
     * Packs one block.
     *
     * @param count weights in the block; the rest of 32 becomes zero
     * @param packed receives 16 bytes
     * @return the scale; 1 for a block of zeros
     */
    float pack(float[] weights, int from, int count, byte[] packed, int at) {
        float extreme = 0;
        for (int i = 0; i < count; i++) {
            if (Math.abs(weights[from + i]) > Math.abs(extreme)) {
                extreme = weights[from + i];
            }
        }
        float best = 1;
        if (extreme != 0) {
            best = scale(weights, from, count, extreme);
        }
        float inverse = 1 / best;
        for (int pair = 0; pair < Quantised.BLOCK / 2; pair++) {
            int low = 2 * pair < count ? step(weights[from + 2 * pair], inverse) : 0;
            int high = 2 * pair + 1 < count ? step(weights[from + 2 * pair + 1], inverse) : 0;
            packed[at + pair] = (byte) ((low + ZERO) | ((high + ZERO) << 4));
        }
        return best;
    }

    /** The extreme weight goes to the side with one step more, so scales may be negative. */
    private static float scale(float[] weights, int from, int count, float extreme) {
        float best = 0;
        float least = Float.POSITIVE_INFINITY;
        for (float steps : STEPS) {
            float scale = -extreme / steps;
            float inverse = 1 / scale;
            float error = 0;
            float overlap = 0;
            float length = 0;
            for (int i = 0; i < count; i++) {
                float weight = weights[from + i];
                float q = step(weight, inverse);
                overlap += q * weight;
                length += q * q;
            }
            // the best scale for these steps, by least squares
            scale = length > 0 ? overlap / length : scale;
            for (int i = 0; i < count; i++) {
                float weight = weights[from + i];
                float miss = weight - step(weight, inverse) * scale;
                error += miss * miss;
            }
            if (error < least && scale != 0) {
                least = error;
                best = scale;
            }
        }
        return best == 0 ? -extreme / ZERO : best;
    }

    private static int step(float weight, float inverse) {
        float steps = weight * inverse;
        int rounded = (int) (steps + Math.copySign(0.5f, steps));
        return Math.max(LEAST, Math.min(MOST, rounded));
    }
}
