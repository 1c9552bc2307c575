package org.loupe.training.score;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.loupe.export.small.ScoreHead;

/**
 * Bends a finished score head to one curator's ratings: what the ratings differ from the base by is told by an offset, a factor of the base's
 * own answer, a linear part over all inputs and a kernel over those that tell what is in the picture. All of it is a Gaussian process whose
 * prior says "no difference"; how far ratings may pull it away is chosen by cross-validation over groups of pictures. Where nothing
 * beats the base, the base stays.
 *
 * @see <a href="https://gaussianprocess.org/gpml/">Rasmussen and Williams, Gaussian Processes for Machine Learning, chapter 2</a>
 */
public final class TasteTuner {
    // Variances of the parts of the prior against the noise of one rating; 0 leaves a part out.
    private static final double[] LINEAR = {0, 0.1, 0.3, 1, 3};
    private static final double[] KERNEL = {0, 0.1, 0.3, 1};
    private static final double OFFSET = 10;
    private static final double FACTOR = 0.3;
    private static final double GAMMA = 0.3;
    private static final int FOLDS = 5;

    private TasteTuner() {}

    /**
     * One rated picture.
     *
     * @param inputs everything heads see, scaled
     * @param mos the curator's rating, 1..5
     * @param group pictures of one group are never on both sides of the cross-validation
     */
    public record Rating(float[] inputs, double mos, String group) {}

    /**
     * What tuning came to.
     *
     * @param head the tuned head
     * @param baseError mean squared error of the untuned head over the ratings
     * @param tunedError the same of tuned heads, each for ratings it had not seen
     * @param kept whether the base stays because nothing beat it
     * @param untuned what the base says of each rating, before levels are drawn around it
     * @param unseen what heads say that were tuned without that rating and all of its group
     */
    public record Tuned(
            ScoreHead head, double baseError, double tunedError, boolean kept, double[] untuned, double[] unseen) {}

    /**
     * @param base stays as it is
     * @param subject inputs that tell what is in a picture
     * @param ratings at least ten
     */
    public static Tuned tune(ScoreHead base, int[] subject, List<Rating> ratings) {
        int n = ratings.size();
        double[] u = new double[n];
        double[] apart = new double[n];
        for (int i = 0; i < n; i++) {
            u[i] = base.u(ratings.get(i).inputs());
            apart[i] = inverse(ratings.get(i).mos(), base.spread()) - u[i];
        }
        double middle = Arrays.stream(u).average().orElseThrow();
        double[][] linear = gram(ratings, (a, b) -> dot(a, b) / a.length);
        double[][] near = gram(ratings, (a, b) -> Math.exp(-GAMMA * distance(a, b, subject) / subject.length));
        int[] foldOf = folds(ratings);
        double baseError = Arrays.stream(apart).map(r -> r * r).average().orElseThrow();
        double least = baseError;
        double[] best = null;
        double[] unseen = u;
        for (double l : LINEAR) {
            for (double k : KERNEL) {
                double[][] prior = prior(linear, near, l, k, u, middle);
                double[] expected = crossValidated(prior, apart, foldOf);
                double error = IntStream.range(0, n)
                        .mapToDouble(i -> (apart[i] - expected[i]) * (apart[i] - expected[i]))
                        .average()
                        .orElseThrow();
                if (error < least) {
                    least = error;
                    best = new double[] {l, k};
                    unseen = IntStream.range(0, n)
                            .mapToDouble(i -> u[i] + expected[i])
                            .toArray();
                }
            }
        }
        if (best == null) {
            return new Tuned(base, baseError, baseError, true, u, u);
        }
        double[] c = solve(prior(linear, near, best[0], best[1], u, middle), apart, range(n));
        return new Tuned(added(base, subject, ratings, c, best, u, middle), baseError, least, false, u, unseen);
    }

    private static double[][] prior(double[][] linear, double[][] near, double l, double k, double[] u, double middle) {
        int n = u.length;
        double[][] prior = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                prior[i][j] = OFFSET + FACTOR * (u[i] - middle) * (u[j] - middle) + l * linear[i][j] + k * near[i][j];
            }
        }
        return prior;
    }

    private static ScoreHead added(
            ScoreHead base,
            int[] subject,
            List<Rating> ratings,
            double[] c,
            double[] variances,
            double[] u,
            double middle) {
        int width = ratings.get(0).inputs().length;
        double offset = 0;
        double factor = 1;
        float[] weights = new float[width];
        double[] sums = new double[width];
        float[][] centres = new float[c.length][];
        float[] factors = new float[subject.length];
        Arrays.fill(factors, (float) Math.sqrt(GAMMA / subject.length));
        float[] kernel = new float[c.length];
        for (int i = 0; i < c.length; i++) {
            offset += OFFSET * c[i];
            factor += FACTOR * c[i] * (u[i] - middle);
            float[] x = ratings.get(i).inputs();
            for (int f = 0; f < width; f++) {
                sums[f] += variances[0] / width * c[i] * x[f];
            }
            centres[i] = ScoreHead.Kernel.place(x, subject, factors);
            kernel[i] = (float) (variances[1] * c[i]);
        }
        for (int f = 0; f < width; f++) {
            weights[f] = (float) sums[f];
        }
        // (factor - 1) times (u - middle) is added to u, so u itself is multiplied by factor.
        ScoreHead scaled = base.mapped(factor, offset - (factor - 1) * middle, base.spread());
        List<ScoreHead.Kernel> kernels = new ArrayList<>(scaled.kernels());
        List<ScoreHead.Linear> linears = new ArrayList<>(scaled.linears());
        if (variances[1] > 0) {
            kernels.add(new ScoreHead.Kernel(ScoreHead.Form.GAUSSIAN, subject, factors, centres, kernel));
        }
        if (variances[0] > 0) {
            linears.add(new ScoreHead.Linear(range(width), weights));
        }
        return new ScoreHead(kernels, linears, scaled.committee(), scaled.bias(), scaled.spread());
    }

    /** @return by how much each rating is expected to lie apart, learned from the other folds */
    private static double[] crossValidated(double[][] prior, double[] apart, int[] foldOf) {
        double[] expected = new double[apart.length];
        for (int fold = 0; fold < FOLDS; fold++) {
            int held = fold;
            int[] learned = IntStream.range(0, apart.length)
                    .filter(i -> foldOf[i] != held)
                    .toArray();
            double[] c = solve(prior, apart, learned);
            for (int i = 0; i < apart.length; i++) {
                if (foldOf[i] == fold) {
                    for (int j = 0; j < learned.length; j++) {
                        expected[i] += c[j] * prior[i][learned[j]];
                    }
                }
            }
        }
        return expected;
    }

    /** Groups in rising order of their names' hash, dealt to the emptiest fold. */
    private static int[] folds(List<Rating> ratings) {
        List<String> groups = ratings.stream()
                .map(Rating::group)
                .distinct()
                .sorted(java.util.Comparator.comparingInt((String g) -> g.hashCode() * 0x9E3779B1)
                        .thenComparing(g -> g))
                .toList();
        int[] size = new int[FOLDS];
        int[] foldOf = new int[ratings.size()];
        for (String group : groups) {
            int emptiest = 0;
            for (int f = 1; f < FOLDS; f++) {
                emptiest = size[f] < size[emptiest] ? f : emptiest;
            }
            for (int i = 0; i < foldOf.length; i++) {
                if (ratings.get(i).group().equals(group)) {
                    foldOf[i] = emptiest;
                    size[emptiest]++;
                }
            }
        }
        return foldOf;
    }

    /** {@code (prior + I) c = apart} over the learned ratings, by Cholesky. */
    private static double[] solve(double[][] prior, double[] apart, int[] learned) {
        int n = learned.length;
        double[][] l = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = prior[learned[i]][learned[j]] + (i == j ? 1 : 0);
                for (int k = 0; k < j; k++) {
                    sum -= l[i][k] * l[j][k];
                }
                l[i][j] = i == j ? Math.sqrt(sum) : sum / l[j][j];
            }
        }
        double[] c = new double[n];
        for (int i = 0; i < n; i++) {
            double sum = apart[learned[i]];
            for (int k = 0; k < i; k++) {
                sum -= l[i][k] * c[k];
            }
            c[i] = sum / l[i][i];
        }
        for (int i = n - 1; i >= 0; i--) {
            double sum = c[i];
            for (int k = i + 1; k < n; k++) {
                sum -= l[k][i] * c[k];
            }
            c[i] = sum / l[i][i];
        }
        return c;
    }

    /** @return the u whose levels have that mean; a rating at an end of the scale is taken a little inside it */
    private static double inverse(double mos, double spread) {
        double wanted = Math.min(4.9, Math.max(1.1, mos));
        double low = -3;
        double high = 9;
        for (int i = 0; i < 60; i++) {
            double u = (low + high) / 2;
            if (ScoreHead.score(u, spread) < wanted) {
                low = u;
            } else {
                high = u;
            }
        }
        return (low + high) / 2;
    }

    private interface Likeness {
        double of(float[] a, float[] b);
    }

    private static double[][] gram(List<Rating> ratings, Likeness likeness) {
        int n = ratings.size();
        double[][] gram = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                gram[i][j] = likeness.of(ratings.get(i).inputs(), ratings.get(j).inputs());
                gram[j][i] = gram[i][j];
            }
        }
        return gram;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private static double distance(float[] a, float[] b, int[] columns) {
        double sum = 0;
        for (int column : columns) {
            double apart = a[column] - b[column];
            sum += apart * apart;
        }
        return sum;
    }

    private static int[] range(int n) {
        return IntStream.range(0, n).toArray();
    }
}
