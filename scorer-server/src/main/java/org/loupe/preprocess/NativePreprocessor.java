package org.loupe.preprocess;

import org.loupe.decode.Frame;

/** {@code native}: reduced by area averaging until both bounds hold; smaller photos stay as they are, nothing is padded. */
final class NativePreprocessor implements Preprocessor {
    /** The statistics of the small model notice even this little; at a quarter they move too far. */
    private static final int LARGEST_REDUCTION = 2;

    /** How much larger than the result a reduced decode must be. */
    private static final double MARGIN = 3.5;

    private final int maxShortSide;
    private final int maxLongSide;

    NativePreprocessor(int maxShortSide, int maxLongSide) {
        this.maxShortSide = maxShortSide;
        this.maxLongSide = maxLongSide;
    }

    @Override
    public Frame apply(Frame frame) {
        double scale = scale(frame.width(), frame.height());
        return AreaResizer.reduce(frame, target(frame.width(), scale), target(frame.height(), scale));
    }

    @Override
    public int decodeReduction(int width, int height) {
        double scale = scale(width, height);
        return ReductionRule.of(
                width, height, LARGEST_REDUCTION, MARGIN * target(width, scale), MARGIN * target(height, scale));
    }

    private double scale(int width, int height) {
        double forShort = (double) maxShortSide / Math.min(width, height);
        double forLong = (double) maxLongSide / Math.max(width, height);
        return Math.min(1.0, Math.min(forShort, forLong));
    }

    private static int target(int side, double scale) {
        return Math.max(1, (int) Math.round(side * scale));
    }
}
