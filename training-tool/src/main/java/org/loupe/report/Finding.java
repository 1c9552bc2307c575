package org.loupe.report;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.loupe.evaluation.Agreement;
import org.loupe.evaluation.Calibration;
import org.loupe.evaluation.Evaluation;
import org.loupe.evaluation.Evaluator;
import org.loupe.score.Level;
import org.loupe.score.Task;

/**
 * What was measured of one task.
 *
 * @param trained whether the run that is told of made the model, so that it knows what was learned from
 * @param split the part measured on: test before cross-validation before val before anything else that was not learned from, before train
 * @param items the predictions of that part
 * @param others those of the other parts
 * @param evaluation of {@code items}
 */
record Finding(boolean trained, String split, List<Prediction> items, List<Prediction> others, Evaluation evaluation) {
    private static final List<String> PREFERRED = List.of(Prediction.TEST, Prediction.CROSS_VALIDATED, Prediction.VAL);

    /** @param predictions of one task, at least one */
    static Finding of(boolean trained, Task task, List<Prediction> predictions, Evaluator evaluator) {
        String split = measured(predictions);
        List<Prediction> items =
                predictions.stream().filter(p -> p.split().equals(split)).toList();
        List<Prediction> others =
                predictions.stream().filter(p -> !p.split().equals(split)).toList();
        double[] predicted = items.stream().mapToDouble(Prediction::predicted).toArray();
        Evaluation evaluation = evaluator.evaluate(
                String.join(
                        " + ", items.stream().map(Prediction::set).distinct().toList()),
                task,
                items.stream().map(Prediction::rated).toList(),
                predicted);
        boolean levels = items.stream().allMatch(p -> p.probabilities().size() == Level.values().length);
        if (levels) {
            double[][] probabilities = items.stream()
                    .map(p -> p.probabilities().stream()
                            .mapToDouble(Double::doubleValue)
                            .toArray())
                    .toArray(double[][]::new);
            evaluation = evaluation.withCalibration(Calibration.of(probabilities, ratings(items)));
        }
        return new Finding(trained, split, items, others, evaluation);
    }

    static double[] ratings(List<Prediction> items) {
        return items.stream().mapToDouble(p -> p.rated().mos()).toArray();
    }

    Task task() {
        return evaluation.task();
    }

    /** @return the part, as people would call it */
    String part() {
        return split.equals(Prediction.CROSS_VALIDATED) ? "cross-validated" : split;
    }

    /** @return whether the model learned from the very pictures it was measured on */
    boolean learnedFrom() {
        return trained && split.equals(Prediction.TRAIN);
    }

    /** @return SRCC on what was learned from, where that is known and not what was measured */
    Optional<Double> trainingSrcc() {
        List<Prediction> learned =
                others.stream().filter(p -> p.split().equals(Prediction.TRAIN)).toList();
        if (learned.size() < 2) {
            return Optional.empty();
        }
        return Optional.of(Agreement.srcc(
                learned.stream().mapToDouble(Prediction::predicted).toArray(), ratings(learned)));
    }

    private static String measured(List<Prediction> predictions) {
        List<String> splits =
                predictions.stream().map(Prediction::split).distinct().toList();
        return Stream.concat(PREFERRED.stream(), splits.stream().sorted(Comparator.comparing(Prediction.TRAIN::equals)))
                .filter(splits::contains)
                .findFirst()
                .orElseThrow();
    }
}
