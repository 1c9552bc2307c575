package org.loupe.training.head;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.loupe.export.small.SmallModel.Curves;
import org.loupe.export.small.SmallModel.Scaling;

/**
 * Makes features comparable: clips each to the range training saw of it but for the outermost half per cent, then centres and scales. Features
 * that are to get normal scores are bent first, so that the pictures learned from spread as a normal density would: nine of their quantiles
 * are mapped to its quantiles, straight lines between and beyond.
 */
public final class Standardiser {
    private static final double OUTERMOST = 0.005;

    private Standardiser() {}

    /** @param rows at least one; one raw feature vector each */
    public static Scaling fit(List<float[]> rows) {
        return fit(rows, 0);
    }

    /**
     * @param rows at least one; one raw feature vector each
     * @param curved how many of the first features get normal scores; where it is not 0 the others are clipped at four deviations instead
     */
    public static Scaling fit(List<float[]> rows, int curved) {
        int features = rows.get(0).length;
        Scaling s = new Scaling(
                new float[features],
                new float[features],
                curved > 0
                        ? Optional.of(new Curves(
                                new float[curved][NormalScores.PIECES],
                                new float[curved][NormalScores.PIECES],
                                new float[curved][NormalScores.PIECES],
                                new float[curved]))
                        : Optional.empty(),
                new float[features],
                ones(features));
        float[] column = new float[rows.size()];
        for (int f = 0; f < features; f++) {
            for (int r = 0; r < column.length; r++) {
                column[r] = rows.get(r)[f];
            }
            if (f < curved) {
                Arrays.sort(column);
                bend(s, f, NormalScores.of(column));
            } else if (curved > 0) {
                centre(s, f, column, value -> value);
                s.low()[f] = (float) (s.mean()[f] - NormalScores.FARTHEST * s.sd()[f]);
                s.high()[f] = (float) (s.mean()[f] + NormalScores.FARTHEST * s.sd()[f]);
            } else {
                Arrays.sort(column);
                s.low()[f] = column[(int) Math.round(OUTERMOST * (column.length - 1))];
                s.high()[f] = column[(int) Math.round((1 - OUTERMOST) * (column.length - 1))];
                int feature = f;
                centre(s, f, column, value -> Math.min(s.high()[feature], Math.max(s.low()[feature], value)));
            }
        }
        if (curved > 0) {
            List<float[]> bent = rows.stream().map(s::apply).toList(); // not centred yet
            for (int f = 0; f < curved; f++) {
                for (int r = 0; r < column.length; r++) {
                    column[r] = bent.get(r)[f];
                }
                centre(s, f, column, value -> value);
            }
        }
        return s;
    }

    private static void bend(Scaling s, int feature, NormalScores line) {
        Curves curves = s.curves().orElseThrow();
        s.low()[feature] = line.low();
        s.high()[feature] = line.high();
        curves.start()[feature] = line.start();
        curves.slope()[feature] = line.slope();
        curves.rise()[feature] = line.rise();
        curves.base()[feature] = line.base();
    }

    private static void centre(Scaling s, int feature, float[] column, DoubleUnaryOperator clipped) {
        double sum = 0;
        for (float value : column) {
            sum += clipped.applyAsDouble(value);
        }
        double mean = sum / column.length;
        double squares = 0;
        for (float value : column) {
            squares += Math.pow(clipped.applyAsDouble(value) - mean, 2);
        }
        double sd = Math.sqrt(squares / column.length);
        s.mean()[feature] = (float) mean;
        s.sd()[feature] = sd > 1e-6 * Math.max(1, Math.abs(mean)) ? (float) sd : 1; // what does not vary stays at 0
    }

    /** @return those columns of the row, standardised; a new array */
    public static float[] apply(Scaling s, float[] row, int[] columns) {
        float[] all = s.apply(row);
        float[] out = new float[columns.length];
        for (int i = 0; i < columns.length; i++) {
            out[i] = all[columns[i]];
        }
        return out;
    }

    private static float[] ones(int n) {
        float[] ones = new float[n];
        Arrays.fill(ones, 1);
        return ones;
    }
}
