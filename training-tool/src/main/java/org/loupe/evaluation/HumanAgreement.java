package org.loupe.evaluation;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.loupe.training.data.Rated;
import org.loupe.training.data.Scale;

/**
 * How well a single person agrees with the rest, and the model with the same rest. Histograms do not tell who cast which vote, so a person
 * is one vote drawn for each picture, held against the mean of the others' votes; somebody who rates all pictures agrees a little better
 * with them, being consistent, or a little worse, having a taste. Model and person are held against the very same means.
 *
 * @param n pictures with at least two votes
 * @param votes mean number of votes of a picture
 * @param humanSrcc of the drawn votes
 * @param modelSrcc of the model's scores
 * @param humanPlcc likewise
 * @param modelPlcc likewise
 * @param srccDifference model less human
 * @param above share of the draws in which the model ranks better than the drawn votes
 */
public record HumanAgreement(
        int n,
        double votes,
        Estimate humanSrcc,
        Estimate modelSrcc,
        Estimate humanPlcc,
        Estimate modelPlcc,
        Estimate srccDifference,
        double above) {
    /** Draws, each of votes and of pictures; the ends of the intervals move by a hundredth of their width from seed to seed. */
    public static final int DRAWS = 1000;

    /** Below this there is nothing to rank. */
    private static final int FEWEST_ITEMS = 3;

    /**
     * @param value mean over draws of the votes, all pictures in each
     * @param ci95 over draws of the votes and, with replacement, of the pictures
     */
    public record Estimate(double value, Interval ci95) {}

    /** @return whether enough pictures carry votes to say anything */
    public static boolean known(List<Rated> items) {
        return items.stream().filter(HumanAgreement::hasVotes).count() >= FEWEST_ITEMS;
    }

    /**
     * @param items of one task; those without at least two votes are left out
     * @param predicted one score an item, 1..5
     * @param draws at least 1
     * @param seed same seed, same answer
     * @throws IllegalArgumentException if not {@link #known}
     */
    public static HumanAgreement of(List<Rated> items, double[] predicted, int draws, long seed) {
        int[] voted = IntStream.range(0, items.size())
                .filter(i -> hasVotes(items.get(i)))
                .toArray();
        if (voted.length < FEWEST_ITEMS) {
            throw new IllegalArgumentException("only " + voted.length + " pictures have votes");
        }
        int n = voted.length;
        SplittableRandom random = new SplittableRandom(seed);
        double[][] fixed = new double[5][draws];
        double[][] drawn = new double[5][draws];
        double above = 0;
        for (int r = 0; r < draws; r++) {
            double[] vote = new double[n];
            double[] others = new double[n];
            double[] model = new double[n];
            for (int i = 0; i < n; i++) {
                draw(items.get(voted[i]).votes(), random, i, vote, others);
                model[i] = predicted[voted[i]];
            }
            figures(vote, model, others, fixed, r);
            above += fixed[4][r] > 0 ? 1 : fixed[4][r] == 0 ? 0.5 : 0;
            int[] chosen = random.ints(n, 0, n).toArray();
            figures(pick(vote, chosen), pick(model, chosen), pick(others, chosen), drawn, r);
        }
        double votes = Arrays.stream(voted)
                .mapToLong(i -> total(items.get(i).votes()))
                .average()
                .orElseThrow();
        return new HumanAgreement(
                n,
                votes,
                estimate(fixed[0], drawn[0]),
                estimate(fixed[1], drawn[1]),
                estimate(fixed[2], drawn[2]),
                estimate(fixed[3], drawn[3]),
                estimate(fixed[4], drawn[4]),
                above / draws);
    }

    private static boolean hasVotes(Rated item) {
        return total(item.votes()) >= 2;
    }

    private static long total(List<Integer> votes) {
        return votes.stream().mapToLong(n -> n).sum();
    }

    /** Draws one vote and takes the mean of the rest, both mapped to 1..5 so that sets with other steps can stand beside. */
    private static void draw(List<Integer> votes, SplittableRandom random, int at, double[] vote, double[] others) {
        long total = total(votes);
        long left = random.nextLong(total);
        int step = 0;
        while (left >= votes.get(step)) {
            left -= votes.get(step++);
        }
        double sum = 0;
        for (int s = 0; s < votes.size(); s++) {
            sum += (s + 1.0) * votes.get(s);
        }
        Scale scale = new Scale(1, votes.size());
        vote[at] = scale.toFive(step + 1.0);
        others[at] = scale.toFive((sum - (step + 1)) / (total - 1));
    }

    private static double[] pick(double[] values, int[] chosen) {
        return Arrays.stream(chosen).mapToDouble(i -> values[i]).toArray();
    }

    private static void figures(double[] vote, double[] model, double[] others, double[][] into, int draw) {
        into[0][draw] = Agreement.srcc(vote, others);
        into[1][draw] = Agreement.srcc(model, others);
        into[2][draw] = Agreement.plcc(vote, others);
        into[3][draw] = Agreement.plcc(model, others);
        into[4][draw] = into[1][draw] - into[0][draw];
    }

    private static Estimate estimate(double[] fixed, double[] drawn) {
        double value =
                Arrays.stream(fixed).filter(v -> !Double.isNaN(v)).average().orElse(Double.NaN);
        double[] sorted =
                Arrays.stream(drawn).filter(v -> !Double.isNaN(v)).sorted().toArray();
        return new Estimate(
                value, new Interval(Intervals.percentile(sorted, 0.025), Intervals.percentile(sorted, 0.975)));
    }
}
