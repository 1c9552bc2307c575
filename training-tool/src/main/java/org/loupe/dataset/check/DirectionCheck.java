package org.loupe.dataset.check;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.dataset.check.Finding.Kind;
import org.loupe.dataset.check.Finding.Place;
import org.loupe.evaluation.Agreement;
import org.loupe.evaluation.Interval;
import org.loupe.evaluation.Intervals;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.scoring.LocalScorer;
import org.loupe.training.data.LabelRow;
import org.loupe.training.data.Scale;

/**
 * Whether more is better. Published labels are opinion scores (high is good) or difference scores (DMOS, high is bad), and nothing in the
 * file tells. A model that knows a little about photographs does: its scores correlate with the labels, or with their reverse.
 */
final class DirectionCheck {
    /** More pictures make the interval narrower than the question needs. */
    private static final int MOST = 300;
    /** Of fewer no correlation is worth telling. */
    private static final int FEWEST = 10;

    private static final long SEED = 1;

    private final LocalScorer scorer;
    private final ProgressBar bar;

    /** @param scorer stays the caller's */
    DirectionCheck(LocalScorer scorer, ProgressBar bar) {
        this.scorer = scorer;
        this.bar = bar;
    }

    /**
     * @param set the source
     * @param task what was asked
     * @param n pictures looked at
     * @param srcc of the labels, as their scale reads them, with the model's scores
     * @param ci95 of it
     * @param finding what follows
     */
    record Direction(LabelSet set, Task task, int n, double srcc, Interval ci95, Finding finding) {}

    /**
     * @param readable sound rows of one set and task whose media can be decoded
     * @return null where there are too few to say anything
     */
    @Nullable
    Direction of(LabelSet set, Task task, List<LabelRow> readable) {
        List<LabelRow> drawn = drawn(readable);
        double[] rated = new double[drawn.size()];
        double[] predicted = new double[drawn.size()];
        int n = 0;
        for (LabelRow row : drawn) {
            bar.at("Looking which way " + task.id() + " labels of " + set.name() + " run", n, drawn.size());
            try {
                var scores = scorer.score(row.rated().file(), Set.of(task)).scores();
                predicted[n] = Objects.requireNonNull(scores.get(task)).mos();
                rated[n++] = row.rated().mos();
            } catch (ScoringException e) {
                if (e.reason().kind() != ErrorReason.Kind.CALLER || e.reason() == ErrorReason.TASK_NOT_SUPPORTED) {
                    throw e;
                }
            }
        }
        if (n < FEWEST) {
            return null;
        }
        double[] x = java.util.Arrays.copyOf(predicted, n);
        double[] y = java.util.Arrays.copyOf(rated, n);
        double srcc = Agreement.srcc(x, y);
        Interval ci95 = Intervals.bootstrap(x, y, Intervals.RESAMPLES, SEED).srcc();
        return new Direction(
                set, task, n, srcc, ci95, finding(set, task, drawn.get(0).scale(), n, srcc, ci95));
    }

    private Finding finding(LabelSet set, Task task, Scale scale, int n, double srcc, Interval ci95) {
        String measured = String.format(
                Locale.ROOT,
                "SRCC %.2f [%.2f, %.2f] with %s on %d pictures",
                srcc,
                ci95.low(),
                ci95.high(),
                scorer.manifest().name(),
                n);
        List<Place> whole = List.of(new Place(set.index(), 0, "", ""));
        String swapped = "write scale_min " + LabelChecks.number(scale.best()) + " and scale_max "
                + LabelChecks.number(scale.worst());
        if (ci95.high() < 0) {
            return new Finding(
                    Kind.DIRECTION_REVERSED,
                    Severity.ERROR,
                    task.id() + " labels run the wrong way: " + measured,
                    whole,
                    "are these difference scores (DMOS), where more is worse? Then " + swapped);
        }
        if (ci95.low() > 0) {
            return new Finding(
                    Kind.DIRECTION,
                    Severity.NOTE,
                    task.id() + " labels run the right way: " + measured,
                    whole,
                    "nothing");
        }
        return new Finding(
                Kind.DIRECTION,
                Severity.WARNING,
                task.id() + " labels: cannot tell whether more is better: " + measured,
                whole,
                "look at the best and the worst rated picture; if they are exchanged, " + swapped);
    }

    /** The same ones every time, spread over the set. */
    private static List<LabelRow> drawn(List<LabelRow> rows) {
        List<LabelRow> shuffled = new ArrayList<>(rows);
        shuffled.sort(Comparator.comparing(row -> row.rated().name()));
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = shuffled.size() - 1; i > 0; i--) {
            java.util.Collections.swap(shuffled, i, random.nextInt(i + 1));
        }
        return shuffled.subList(0, Math.min(MOST, shuffled.size()));
    }
}
