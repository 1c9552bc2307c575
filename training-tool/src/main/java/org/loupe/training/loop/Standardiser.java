package org.loupe.training.loop;

import java.util.Arrays;
import java.util.List;

/**
 * Makes features comparable: clips each to the range training saw of it but for the outermost half per cent, then centres and scales.
 *
 * @param low lower bound of each feature
 * @param high upper bound
 * @param mean mean of the clipped training values
 * @param sd their standard deviation; 1 for a feature that does not vary
 */
public record Standardiser(float[] low, float[] high, float[] mean, float[] sd) {
    private static final double OUTERMOST = 0.005;

    /** @param rows at least one; one raw feature vector each */
    public static Standardiser fit(List<float[]> rows) {
        int features = rows.get(0).length;
        Standardiser s =
                new Standardiser(new float[features], new float[features], new float[features], new float[features]);
        float[] column = new float[rows.size()];
        for (int f = 0; f < features; f++) {
            for (int r = 0; r < column.length; r++) {
                column[r] = rows.get(r)[f];
            }
            Arrays.sort(column);
            s.low[f] = column[(int) Math.round(OUTERMOST * (column.length - 1))];
            s.high[f] = column[(int) Math.round((1 - OUTERMOST) * (column.length - 1))];
            double sum = 0;
            for (float value : column) {
                sum += s.clip(f, value);
            }
            double mean = sum / column.length;
            double squares = 0;
            for (float value : column) {
                squares += (s.clip(f, value) - mean) * (s.clip(f, value) - mean);
            }
            double sd = Math.sqrt(squares / column.length);
            s.mean[f] = (float) mean;
            s.sd[f] = sd > 1e-6 * Math.max(1, Math.abs(mean)) ? (float) sd : 1;
        }
        return s;
    }

    /** @return the row, standardised; a new array */
    public float[] apply(float[] row) {
        float[] out = new float[row.length];
        for (int f = 0; f < row.length; f++) {
            out[f] = (clip(f, row[f]) - mean[f]) / sd[f];
        }
        return out;
    }

    private float clip(int feature, float value) {
        return Math.min(high[feature], Math.max(low[feature], value));
    }
}
