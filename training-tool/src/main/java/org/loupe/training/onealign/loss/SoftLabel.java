package org.loupe.training.onealign.loss;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * DeQA-Score's soft label: a rating that spreads like a normal distribution, as shares of five levels whose mean is the rating.
 *
 * @see <a href="https://arxiv.org/abs/2501.11561">DeQA-Score</a>
 */
public final class SoftLabel {
    // Below this the levels are coarser than the spread, and the shares would be a single spike between two of them.
    private static final double LEAST_DEVIATION = 0.2;
    // Beyond this the shares no longer mean what the rating says.
    private static final double MOST_SHIFT = 0.1;
    private static final double TINY = 1e-9;
    private static final int LEVELS = 5;
    private static final double ROOT_TWO_PI = Math.sqrt(2 * Math.PI);

    private SoftLabel() {}

    /** How the normal distribution is cut into levels. */
    public enum Density {
        /** Its height at each level: KonIQ, KADID. */
        HEIGHT,
        /** Its area half a level to either side: SPAQ. */
        AREA
    }

    /**
     * @param mos in 1..5
     * @param std on the same scale, at least 0
     * @return shares, best level first; at least 0, and about 1 together: what clipping takes away is not given back, as in the reference
     */
    public static double[] of(double mos, double std, Density density) {
        if (std < LEAST_DEVIATION) {
            return twoLevels(mos);
        }
        double[] raw = density == Density.HEIGHT ? heights(mos, std) : areas(mos, std);
        double sum = 0;
        double moment = 0;
        for (int i = 0; i < LEVELS; i++) {
            sum += raw[i];
            moment += (LEVELS - i) * raw[i];
        }
        // a q + b keeps the sum at 1 and the mean at the rating; clipped at 0 it may do neither
        double a = (mos - 3) / (moment - 3 * sum + TINY);
        double b = (1 - a * sum) / LEVELS;
        double[] shares = new double[LEVELS];
        double mean = 0;
        for (int i = 0; i < LEVELS; i++) {
            shares[i] = Math.max(0, a * raw[i] + b);
            mean += (LEVELS - i) * shares[i];
        }
        return Math.abs(mean - mos) > MOST_SHIFT ? twoLevels(mos) : shares;
    }

    /** Shared between the two neighbouring levels. */
    private static double[] twoLevels(double mos) {
        double[] shares = new double[LEVELS];
        for (int i = 0; i < LEVELS; i++) {
            shares[i] = Math.max(0, 1 - Math.abs(mos - (LEVELS - i)));
        }
        return shares;
    }

    private static double[] heights(double mean, double std) {
        double[] heights = new double[LEVELS];
        for (int i = 0; i < LEVELS; i++) {
            double z = (LEVELS - i - mean) / std;
            heights[i] = Math.exp(-z * z / 2) / (std * ROOT_TWO_PI);
        }
        return heights;
    }

    private static double[] areas(double mean, double std) {
        double[] borders = new double[LEVELS + 1];
        for (int i = 0; i <= LEVELS; i++) {
            borders[i] = (LEVELS - i + 0.5 - mean) / std;
        }
        double[] below = new double[LEVELS + 1];
        try (PointerScope scope = new PointerScope()) {
            torch.special_ndtr(Tensor.create(borders)).data_ptr_double().get(below);
        }
        double[] areas = new double[LEVELS];
        for (int i = 0; i < LEVELS; i++) {
            areas[i] = below[i] - below[i + 1];
        }
        return areas;
    }
}
