package org.loupe.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.loupe.evaluation.Agreement;
import org.loupe.evaluation.Calibration;
import org.loupe.evaluation.Evaluation;
import org.loupe.score.Level;

/** What the figures of one task mean, in sentences: can it be trusted, how far, and where not. */
final class Verdict {
    /** Below this many pictures an interval is wider than most differences anybody asks about. */
    private static final int FEW = 100;
    /** Fewer pictures of a level say nothing about it. */
    private static final int FEW_OF_A_LEVEL = 10;
    /** A collection of fewer pictures has an interval that holds nearly anything. */
    private static final int FEW_OF_A_GROUP = 30;
    /** The model's spread against people's below which scores visibly keep to the middle. */
    private static final double COMPRESSED = 0.85;

    private static final double SHIFTED = 0.15;
    private static final double WEAKER_GROUP = 0.1;
    private static final double MISCALIBRATED = 0.08;
    private static final double OVERFITTED = 0.15;

    private final Finding finding;
    private final Evaluation evaluation;
    private final Agreement whole;

    Verdict(Finding finding) {
        this.finding = finding;
        this.evaluation = finding.evaluation();
        this.whole = evaluation.whole();
    }

    /** One line; the wording follows the lower end of the interval, not the figure itself. */
    String headline() {
        if (finding.learnedFrom()) {
            return "Measured on what it learned from: this says nothing about new pictures.";
        }
        double low = evaluation.ci95().srcc().low();
        if (!(low > 0)) {
            return "Cannot be told from guessing.";
        }
        if (low < 0.3) {
            return "It has learned something, but too little to act on.";
        }
        if (low < 0.5) {
            return "Take it as a hint: it errs often, even between good and bad.";
        }
        if (low < 0.7) {
            return "It separates good from bad; between near-equals it guesses.";
        }
        return low < 0.85
                ? "It sorts pictures well; look yourself where two are close."
                : "It orders pictures much as people do.";
    }

    /** The figures in words, for readers who do not live among correlations. */
    String explanation() {
        double[] apart = finding.items().stream()
                .mapToDouble(p -> Math.abs(p.error()))
                .sorted()
                .toArray();
        StringBuilder text = new StringBuilder();
        text.append(finding.learnedFrom() ? "On the " : "On ")
                .append(Words.pictures(whole.n()))
                .append(finding.learnedFrom() ? " it learned from" : unseen());
        if (Double.isFinite(whole.krcc())) {
            // tau is the share of pairs in the right order less the share in the wrong one
            text.append(", it puts the better of two first in ")
                    .append(Math.round(50 * (1 + whole.krcc())))
                    .append(" of 100 pairs (a coin: 50)");
        }
        return text.append(". Half of its scores lie within ")
                .append(Words.number(at(apart, 0.5), 2))
                .append(" of people’s, nine of ten within ")
                .append(Words.number(at(apart, 0.9), 2))
                .append(", on a scale from 1 to 5.")
                .toString();
    }

    private String unseen() {
        if (!finding.trained()) {
            return ""; // whoever evaluates a model may have trained it on these
        }
        return finding.split().equals(Prediction.VAL) ? " kept for choosing the best state" : " it never learned from";
    }

    /** What a careful person would want to be told before using it; may be empty. */
    List<String> cautions() {
        List<String> cautions = new ArrayList<>();
        if (finding.trained() && finding.split().equals(Prediction.CROSS_VALIDATED)) {
            cautions.add(
                    "Cross-validated: each picture was scored by a model that never saw it nor its group. The model that was"
                            + " written learned from all of them; it is a little better than this at best.");
        }
        if (finding.trained() && finding.split().equals(Prediction.VAL)) {
            cautions.add("The best state was chosen on these very pictures, so the figures are a little too good."
                    + " A part that took no part in any choice (--test) would settle it.");
        }
        if (whole.n() < FEW) {
            cautions.add("Only " + Words.pictures(whole.n()) + " were measured: mind how wide the intervals are.");
        }
        weakestGroup(cautions);
        spread(cautions);
        shift(cautions);
        sparseLevels(cautions);
        finding.trainingSrcc().ifPresent(train -> {
            if (train - whole.srcc() > OVERFITTED) {
                cautions.add("It knows the pictures it learned from far better (SRCC " + Words.number(train, 2)
                        + ") than new ones: more ratings would help more than longer training.");
            }
        });
        Calibration calibration = evaluation.calibration();
        if (calibration != null && calibration.error() > MISCALIBRATED) {
            cautions.add("Its probabilities are off by " + Words.percent(calibration.error())
                    + " on average: do not take them literally.");
        }
        return cautions;
    }

    private void weakestGroup(List<String> cautions) {
        evaluation.groups().stream()
                .filter(group -> group.figures().n() >= FEW_OF_A_GROUP
                        && Double.isFinite(group.figures().srcc()))
                .min(Comparator.comparingDouble(group -> group.figures().srcc()))
                .filter(group -> whole.srcc() - group.figures().srcc() > WEAKER_GROUP)
                .ifPresent(group -> cautions.add("Within “" + group.name() + "” alone SRCC is "
                        + Words.number(group.figures().srcc(), 2) + ", not " + Words.number(whole.srcc(), 2)
                        + ": part of the whole figure is telling collections apart."));
    }

    private void spread(List<String> cautions) {
        double[] rated =
                Arrays.stream(Finding.ratings(finding.items())).sorted().toArray();
        double[] predicted = finding.items().stream()
                .mapToDouble(Prediction::predicted)
                .sorted()
                .toArray();
        double peoples = at(rated, 0.95) - at(rated, 0.05);
        double models = at(predicted, 0.95) - at(predicted, 0.05);
        if (models < COMPRESSED * peoples) {
            cautions.add("Scores keep to the middle: nine of ten ratings lie between "
                    + Words.number(at(rated, 0.05), 1) + " and " + Words.number(at(rated, 0.95), 1)
                    + ", nine of ten scores between " + Words.number(at(predicted, 0.05), 1) + " and "
                    + Words.number(at(predicted, 0.95), 1) + ". Set thresholds by the model’s range, not by people’s.");
        }
    }

    private void shift(List<String> cautions) {
        double bias = finding.items().stream()
                .mapToDouble(Prediction::error)
                .average()
                .orElse(0);
        if (Math.abs(bias) > SHIFTED) {
            cautions.add("On average it is too " + (bias > 0 ? "kind" : "harsh") + ", by "
                    + Words.number(Math.abs(bias), 2) + ".");
        }
    }

    private void sparseLevels(List<String> cautions) {
        List<String> sparse = new ArrayList<>();
        int[][] counts = evaluation.confusion().counts();
        for (int level = 0; level < counts.length; level++) {
            int rated = Arrays.stream(counts[level]).sum();
            if (rated < FEW_OF_A_LEVEL) {
                sparse.add("“" + Level.ofRank(level).id() + "” (" + rated + ")");
            }
        }
        if (!sparse.isEmpty()) {
            cautions.add("Too few pictures are rated " + Words.list(sparse) + " to know how it judges such ones.");
        }
    }

    private static double at(double[] sorted, double share) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) Math.round(share * (sorted.length - 1))];
    }
}
