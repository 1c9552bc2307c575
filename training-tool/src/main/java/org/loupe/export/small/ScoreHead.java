package org.loupe.export.small;

import java.util.List;
import java.util.Optional;

/**
 * A task's answer as one number u, and the five levels around it. u is a sum of parts, so a tuned model is its base with parts added:
 *
 * <pre>
 * u = bias + sum of kernel parts + sum of linear parts + weight * score of a committee of level heads
 * level_logits[l] = (w_l u - w_l^2 / 2) / spread^2          w = 5, 4, 3, 2, 1
 * </pre>
 *
 * The levels are thus a normal density of that spread around u, taken at the five levels: the better u, the better the score, without
 * exception, and with u beyond 5 or below 1 the score comes as near to the ends of the scale as training found right.
 *
 * @param kernels kernel machines
 * @param linears linear parts
 * @param committee level heads whose mean score counts, too
 * @param bias of u
 * @param spread of the levels, above 0
 */
public record ScoreHead(
        List<Kernel> kernels, List<Linear> linears, Optional<Committee> committee, float bias, float spread) {
    private static final float USUAL_SPREAD = 0.7f;

    public ScoreHead {
        kernels = List.copyOf(kernels);
        linears = List.copyOf(linears);
        SmallModel.require(spread > 0 && Float.isFinite(bias), "a score head needs a spread above 0 and a finite bias");
        SmallModel.require(
                !kernels.isEmpty() || !linears.isEmpty() || committee.isPresent(), "a score head needs a part");
    }

    /** How a kernel falls with the distance. */
    public enum Form {
        /** {@code exp(-d^2)}: smooth, near pictures count almost alike. */
        GAUSSIAN,
        /**
         * {@code exp(-sqrt(d^2 + 1e-4))}: falls from the centre on. The floor keeps the root's slope finite, so that a picture that lies on a
         * centre is not moved by rounding.
         */
        LAPLACE;

        public static final float FLOOR = 1e-4f;

        /**
         * @param squared distance
         * @return 1 at a centre, nearly so for LAPLACE
         */
        public double at(double squared) {
            return Math.exp(this == GAUSSIAN ? -squared : -Math.sqrt(squared + FLOOR));
        }
    }

    /**
     * {@code sum_j weights[j] form(|factors x - centre_j|)} over the scaled inputs it looks at.
     *
     * @param columns which of the D scaled inputs, in the order of the centres' numbers
     * @param factors by which those inputs are multiplied; they hold the kernel's width
     * @param centres {@code [M][columns.length]}, multiplied by them already
     * @param weights {@code [M]}
     */
    public record Kernel(Form form, int[] columns, float[] factors, float[][] centres, float[] weights) {
        public Kernel {
            SmallModel.require(
                    columns.length > 0 && centres.length > 0 && centres.length == weights.length,
                    "a kernel part needs inputs, centres and a weight for each");
            SmallModel.require(factors.length == columns.length, "a kernel part needs a factor for each input");
            for (float[] centre : centres) {
                SmallModel.require(centre.length == columns.length, "a centre needs one number for each input");
            }
        }

        /** @return columns of the scaled inputs, multiplied by the factors: a centre, if it is to be one */
        public static float[] place(float[] scaled, int[] columns, float[] factors) {
            float[] place = new float[columns.length];
            for (int i = 0; i < place.length; i++) {
                place[i] = scaled[columns[i]] * factors[i];
            }
            return place;
        }

        private double of(float[] scaled) {
            float[] place = place(scaled, columns, factors);
            double sum = 0;
            for (int m = 0; m < centres.length; m++) {
                double squared = 0;
                for (int i = 0; i < place.length; i++) {
                    double apart = place[i] - centres[m][i];
                    squared += apart * apart;
                }
                sum += weights[m] * form.at(squared);
            }
            return sum;
        }
    }

    /**
     * {@code sum_i weights[i] x[columns[i]]} over scaled inputs.
     *
     * @param columns which of the D scaled inputs
     * @param weights one for each
     */
    public record Linear(int[] columns, float[] weights) {
        public Linear {
            SmallModel.require(columns.length == weights.length, "a linear part needs one weight for each input");
        }
    }

    /**
     * Level heads whose mean score, 1..5, is one of the parts.
     *
     * @param members at least one
     * @param weight of their score
     */
    public record Committee(List<SmallModel.Head> members, float weight) {
        public Committee {
            members = List.copyOf(members);
            SmallModel.require(!members.isEmpty(), "a committee needs members");
        }

        double score(float[] scaled) {
            return members.stream()
                    .mapToDouble(head -> head.score(scaled))
                    .average()
                    .orElseThrow();
        }
    }

    /**
     * @param members level heads that answered by themselves so far
     * @return a head whose u is their score; what it scores differs from that by some hundredths of a level towards the ends of the scale,
     *     and never in order
     */
    public static ScoreHead of(List<SmallModel.Head> members) {
        return new ScoreHead(List.of(), List.of(), Optional.of(new Committee(members, 1)), 0, USUAL_SPREAD);
    }

    /**
     * @param factor of everything, above 0
     * @param offset added afterwards
     * @param newSpread of the levels
     * @return a head whose u is {@code factor * u + offset}
     */
    public ScoreHead mapped(double factor, double offset, double newSpread) {
        return new ScoreHead(
                kernels.stream()
                        .map(k ->
                                new Kernel(k.form(), k.columns(), k.factors(), k.centres(), times(k.weights(), factor)))
                        .toList(),
                linears.stream()
                        .map(l -> new Linear(l.columns(), times(l.weights(), factor)))
                        .toList(),
                committee.map(c -> new Committee(c.members(), (float) (c.weight() * factor))),
                (float) (bias * factor + offset),
                (float) newSpread);
    }

    private static float[] times(float[] values, double factor) {
        float[] product = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            product[i] = (float) (values[i] * factor);
        }
        return product;
    }

    void checkInputs(int inputs) {
        committee.ifPresent(c -> c.members().forEach(head -> head.checkInputs(inputs)));
        kernels.forEach(kernel -> check(kernel.columns(), inputs));
        linears.forEach(linear -> check(linear.columns(), inputs));
    }

    private static void check(int[] columns, int inputs) {
        for (int column : columns) {
            SmallModel.require(column >= 0 && column < inputs, "column " + column + " of " + inputs + " inputs");
        }
    }

    /**
     * What the graph computes, in double precision.
     *
     * @param scaled all D inputs of one frame
     */
    public double u(float[] scaled) {
        double u = bias;
        if (committee.isPresent()) {
            u += committee.get().weight() * committee.get().score(scaled);
        }
        for (Kernel kernel : kernels) {
            u += kernel.of(scaled);
        }
        for (Linear linear : linears) {
            for (int i = 0; i < linear.columns().length; i++) {
                u += (double) linear.weights()[i] * scaled[linear.columns()[i]];
            }
        }
        return u;
    }

    /** @return probabilities of the five levels around u, excellent to bad */
    public static double[] levels(double u, double spread) {
        double[] p = new double[SmallModel.LEVELS];
        double sum = 0;
        for (int l = 0; l < p.length; l++) {
            // Against the nearest level, so that far beyond the scale nothing underflows.
            double nearest = Math.min(SmallModel.LEVELS, Math.max(1, Math.rint(u)));
            double weight = SmallModel.LEVELS - l;
            p[l] = Math.exp(((nearest - u) * (nearest - u) - (weight - u) * (weight - u)) / (2 * spread * spread));
            sum += p[l];
        }
        for (int l = 0; l < p.length; l++) {
            p[l] /= sum;
        }
        return p;
    }

    /** @return the score of those levels, 1..5 */
    public static double score(double u, double spread) {
        double[] p = levels(u, spread);
        double score = 0;
        for (int l = 0; l < p.length; l++) {
            score += p[l] * (SmallModel.LEVELS - l);
        }
        return score;
    }
}
