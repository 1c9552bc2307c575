package org.loupe.report;

import java.util.List;
import org.loupe.training.data.Rated;

/**
 * What the model said of one picture, beside what people said.
 *
 * @param rated people's side, 1..5
 * @param set the data set it belongs to
 * @param split the part of it: {@link #TRAIN}, {@link #VAL}, {@link #TEST}, {@link #CROSS_VALIDATED} or any other word
 * @param predicted the model's side, 1..5
 * @param probabilities of the model's levels, best level first; empty where only the score is known
 */
public record Prediction(Rated rated, String set, String split, double predicted, List<Double> probabilities) {
    public static final String TRAIN = "train";
    public static final String VAL = "val";
    public static final String TEST = "test";
    /** Predicted by heads that never saw the picture, in turns: cross-validation. */
    public static final String CROSS_VALIDATED = "cv";

    public Prediction {
        probabilities = List.copyOf(probabilities);
    }

    /** @return predicted less rated */
    double error() {
        return predicted - rated.mos();
    }

    /** @return file name, rating and score in one line */
    String line() {
        return Words.fileName(rated.name()) + ": people " + Words.number(rated.mos(), 2) + ", model "
                + Words.number(predicted, 2);
    }
}
