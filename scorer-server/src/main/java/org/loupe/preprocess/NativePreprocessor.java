package org.loupe.preprocess;

import org.loupe.decode.Frame;

/** {@code native}: reduced by area averaging until both bounds hold; smaller photos stay as they are, nothing is padded. */
final class NativePreprocessor implements Preprocessor {
    private static final int LARGEST_REDUCTION = 8;

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
        int targetWidth = target(width, scale);
        int targetHeight = target(height, scale);
        int reduction = LARGEST_REDUCTION;
        while (reduction > 1
                && (reduced(width, reduction) < targetWidth || reduced(height, reduction) < targetHeight)) {
            reduction /= 2;
        }
        return reduction;
    }

    private double scale(int width, int height) {
        double forShort = (double) maxShortSide / Math.min(width, height);
        double forLong = (double) maxLongSide / Math.max(width, height);
        return Math.min(1.0, Math.min(forShort, forLong));
    }

    private static int target(int side, double scale) {
        return Math.max(1, (int) Math.round(side * scale));
    }

    /** A DCT-scaled JPEG rounds its sides up. */
    private static int reduced(int side, int reduction) {
        return (side + reduction - 1) / reduction;
    }
}
