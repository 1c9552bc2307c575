package org.loupe.training.head;

import java.util.Arrays;
import java.util.List;
import org.loupe.export.small.SmallModel.Scaling;

/** Makes features comparable: clips each to the range training saw of it but for the outermost half per cent, then centres and scales. */
public final class Standardiser {
    private static final double OUTERMOST = 0.005;

    private Standardiser() {}

    /** @param rows at least one; one raw feature vector each */
    public static Scaling fit(List<float[]> rows) {
        int features = rows.get(0).length;
        Scaling s = new Scaling(new float[features], new float[features], new float[features], ones(features));
        float[] column = new float[rows.size()];
        for (int f = 0; f < features; f++) {
            for (int r = 0; r < column.length; r++) {
                column[r] = rows.get(r)[f];
            }
            Arrays.sort(column);
            s.low()[f] = column[(int) Math.round(OUTERMOST * (column.length - 1))];
            s.high()[f] = column[(int) Math.round((1 - OUTERMOST) * (column.length - 1))];
            double sum = 0;
            for (float value : column) {
                sum += clip(s, f, value);
            }
            double mean = sum / column.length;
            double squares = 0;
            for (float value : column) {
                squares += (clip(s, f, value) - mean) * (clip(s, f, value) - mean);
            }
            double sd = Math.sqrt(squares / column.length);
            s.mean()[f] = (float) mean;
            s.sd()[f] = sd > 1e-6 * Math.max(1, Math.abs(mean)) ? (float) sd : 1; // what does not vary stays at 0
        }
        return s;
    }

    /** @return those columns of the row, standardised; a new array */
    public static float[] apply(Scaling s, float[] row, int[] columns) {
        float[] out = new float[columns.length];
        for (int i = 0; i < columns.length; i++) {
            int f = columns[i];
            out[i] = (clip(s, f, row[f]) - s.mean()[f]) / s.sd()[f];
        }
        return out;
    }

    private static float clip(Scaling s, int feature, float value) {
        return Math.min(s.high()[feature], Math.max(s.low()[feature], value));
    }

    private static float[] ones(int n) {
        float[] ones = new float[n];
        Arrays.fill(ones, 1);
        return ones;
    }
}
