package org.loupe.training.data;

/**
 * The scale people rated on. Degradation scores (DMOS), where more is worse, have the worst value above the best.
 *
 * @param worst value of the worst rating
 * @param best value of the best rating; differs from {@code worst}
 */
public record Scale(double worst, double best) {
    /** The scale everything is mapped to. */
    public static final Scale FIVE = new Scale(1, 5);

    public Scale {
        if (!Double.isFinite(worst) || !Double.isFinite(best) || worst == best) {
            throw new IllegalArgumentException("no scale goes from " + worst + " to " + best);
        }
    }

    /**
     * @param text WORST:BEST, such as {@code 1:5} or {@code 100:0}
     * @throws IllegalArgumentException if it is none
     */
    public static Scale parse(String text) {
        String[] ends = text.split(":", -1);
        try {
            return new Scale(Double.parseDouble(ends[0]), Double.parseDouble(ends[1]));
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw new IllegalArgumentException(
                    "two different numbers with a colon between, such as 1:5, not " + text, e);
        }
    }

    /** @return whether the value lies on the scale, ends included */
    public boolean holds(double value) {
        return value >= Math.min(worst, best) && value <= Math.max(worst, best);
    }

    /** @return a mean rating mapped linearly to 1 (worst) .. 5 (best) */
    public double toFive(double mos) {
        return 1 + 4 * (mos - worst) / (best - worst);
    }

    /** @return a standard deviation on the scale from 1 to 5 */
    public double deviationToFive(double std) {
        return 4 * std / Math.abs(best - worst);
    }
}
