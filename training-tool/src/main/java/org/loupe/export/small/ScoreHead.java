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
 * @param kernels Gaussian kernel machines
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

    /**
     * {@code sum_j weights[j] exp(-gamma |x - centre_j|^2)} over the scaled inputs it looks at.
     *
     * @param columns which of the D scaled inputs, in the order of the centres' numbers
     * @param centres {@code [M][columns.length]}
     * @param gamma above 0
     * @param weights {@code [M]}
     */
    public record Kernel(int[] columns, float[][] centres, float gamma, float[] weights) {
        public Kernel {
            SmallModel.require(
                    columns.length > 0 && centres.length > 0 && centres.length == weights.length && gamma > 0,
                    "a kernel part needs inputs, centres, a weight for each and a width");
            for (float[] centre : centres) {
                SmallModel.require(centre.length == columns.length, "a centre needs one number for each input");
            }
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
                        .map(k -> new Kernel(k.columns(), k.centres(), k.gamma(), times(k.weights(), factor)))
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
            for (int m = 0; m < kernel.centres().length; m++) {
                double distance = 0;
                for (int i = 0; i < kernel.columns().length; i++) {
                    double apart = scaled[kernel.columns()[i]] - kernel.centres()[m][i];
                    distance += apart * apart;
                }
                u += kernel.weights()[m] * Math.exp(-kernel.gamma() * distance);
            }
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
