package org.loupe.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.loupe.evaluation.Evaluation;
import org.loupe.score.Task;

/**
 * What a page tells.
 *
 * @param kind what was done, for the head of the page: {@link #TRAINING} or {@link #EVALUATION}
 * @param model as {@code name/version}, or whatever people call it
 * @param predictions at least one
 * @param group first capture in a file name is its collection; null for none
 * @param curves of the training; {@link RunCurves#NONE} where nothing was trained
 * @param comparisons with another model on the same pictures, by task; may be empty
 * @param manifest everything needed to do it again, as an object
 */
record Report(
        String kind,
        String model,
        List<Prediction> predictions,
        @Nullable Pattern group,
        RunCurves curves,
        Map<Task, Evaluation.Versus> comparisons,
        JsonNode manifest) {
    static final String TRAINING = "Training";
    static final String EVALUATION = "Evaluation";

    Report {
        predictions = List.copyOf(predictions);
    }
}
