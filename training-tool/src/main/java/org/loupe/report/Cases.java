package org.loupe.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.loupe.training.data.Rated;

/**
 * The pictures worth looking at, a few of each kind: where the model errs and in which direction, where it is right, and what it likes
 * best.
 *
 * @param tooHigh people liked them less than the model, worst first
 * @param tooLow people liked them more, worst first
 * @param right closest to people, spread over the ratings, best rating first
 * @param favourites highest score, best first
 */
record Cases(List<Prediction> tooHigh, List<Prediction> tooLow, List<Prediction> right, List<Prediction> favourites) {
    /** A row of the page on a desk. */
    private static final int EACH = 6;

    /** Below this a difference is no error anybody would call one. */
    private static final double WORTH_TELLING = 0.1;

    private static final Comparator<Prediction> BY_ERROR = Comparator.comparingDouble(Prediction::error)
            .thenComparing(p -> p.rated().name());

    static Cases of(List<Prediction> predictions) {
        List<Prediction> byError = predictions.stream().sorted(BY_ERROR).toList();
        List<Prediction> low = byError.stream()
                .filter(p -> p.error() < -WORTH_TELLING)
                .limit(EACH)
                .toList();
        List<Prediction> high = byError.stream()
                .sorted(BY_ERROR.reversed())
                .filter(p -> p.error() > WORTH_TELLING)
                .limit(EACH)
                .toList();
        List<Prediction> favourites = predictions.stream()
                .sorted(Comparator.comparingDouble(Prediction::predicted)
                        .reversed()
                        .thenComparing(p -> p.rated().name()))
                .limit(EACH)
                .toList();
        return new Cases(high, low, right(predictions), favourites);
    }

    /** @return the picture of each; some may stand in two rows */
    List<Rated> pictures() {
        return Stream.of(tooHigh, tooLow, right, favourites)
                .flatMap(List::stream)
                .map(Prediction::rated)
                .toList();
    }

    private static List<Prediction> right(List<Prediction> predictions) {
        List<Prediction> byRating = predictions.stream()
                .sorted(Comparator.comparingDouble((Prediction p) -> p.rated().mos())
                        .reversed()
                        .thenComparing(p -> p.rated().name()))
                .toList();
        List<Prediction> right = new ArrayList<>();
        int parts = Math.min(EACH, byRating.size());
        for (int i = 0; i < parts; i++) {
            byRating.subList(i * byRating.size() / parts, (i + 1) * byRating.size() / parts).stream()
                    .min(Comparator.comparingDouble(p -> Math.abs(p.error())))
                    .ifPresent(right::add);
        }
        return right;
    }
}
