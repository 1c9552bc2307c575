package org.loupe.export;

import java.util.function.DoubleUnaryOperator;
import org.loupe.checkpoint.OneAlignConfig;

/** Cosines and sines of the rotary positions, taken in {@code double}: the angle of position 4000 keeps its digits. */
final class RotaryTable {
    private RotaryTable() {}

    /** @return {@code position * theta^(-2 j / head width)}, {@code j} below half the head width */
    static double angle(OneAlignConfig.Language config, int position, int j) {
        return position * StrictMath.pow(config.ropeTheta(), -2.0 * j / config.headWidth());
    }

    /** @return {@code float32[count, head width / 2]} for {@code count} positions from {@code first} on */
    static float[] of(OneAlignConfig.Language config, int first, int count, DoubleUnaryOperator function) {
        int half = config.headWidth() / 2;
        float[] table = new float[Math.multiplyExact(count, half)];
        for (int t = 0; t < count; t++) {
            for (int j = 0; j < half; j++) {
                table[t * half + j] = (float) function.applyAsDouble(angle(config, first + t, j));
            }
        }
        return table;
    }
}
