package org.loupe.export.small;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.loupe.score.Task;

/**
 * Everything {@code loupe-small} learned. What a frame gives is one vector of D inputs: the N statistics of {@link FeatureGraph}, then, with a
 * network, what {@link Network} makes of the picture. Arrays are not copied and must not be changed afterwards.
 *
 * @param featureNames must be {@link FeatureGraph#names()}: a model belongs to the statistics it was trained on
 * @param scaling of all D inputs
 * @param network nothing for a model of statistics alone
 * @param heads for each task that an ensemble of level heads answers, at least one
 * @param scoreHeads for each task that a score head answers; no task has both
 */
public record SmallModel(
        List<String> featureNames,
        Scaling scaling,
        Optional<Network> network,
        Map<Task, List<Head>> heads,
        Map<Task, ScoreHead> scoreHeads) {
    /** Level words of the bundled model, excellent to bad. */
    public static final int LEVELS = 5;

    public SmallModel {
        featureNames = List.copyOf(featureNames);
        require(
                featureNames.equals(FeatureGraph.names()),
                "the model was trained on other statistics than this program computes");
        int inputs = featureNames.size() + network.map(Network::outputs).orElse(0);
        require(
                scaling.mean().length == inputs,
                "scaling is for " + scaling.mean().length + " inputs, there are " + inputs);
        Map<Task, List<Head>> copy = new EnumMap<>(Task.class);
        heads.forEach((task, members) -> {
            require(!members.isEmpty(), "no head for " + task);
            members.forEach(head -> head.checkInputs(inputs));
            copy.put(task, List.copyOf(members));
        });
        require(
                copy.values().stream()
                                .flatMap(List::stream)
                                .mapToInt(Head::levels)
                                .distinct()
                                .count()
                        <= 1,
                "all heads of a model answer with the same levels");
        scoreHeads.values().forEach(head -> head.checkInputs(inputs));
        require(
                copy.keySet().stream().noneMatch(scoreHeads::containsKey),
                "a task is answered by level heads or by a score head, not by both");
        require(!copy.isEmpty() || !scoreHeads.isEmpty(), "a model needs a head for at least one task");
        require(
                scoreHeads.isEmpty()
                        || copy.values().stream().flatMap(List::stream).allMatch(head -> head.levels() == LEVELS),
                "a score head answers with five levels, so all other heads of its model must");
        heads = Map.copyOf(copy);
        scoreHeads = Map.copyOf(scoreHeads);
    }

    /** A model of level heads. */
    public SmallModel(
            List<String> featureNames, Scaling scaling, Optional<Network> network, Map<Task, List<Head>> heads) {
        this(featureNames, scaling, network, heads, Map.of());
    }

    /** @return how many levels every head answers with */
    public int levels() {
        return heads.values().stream()
                .flatMap(List::stream)
                .mapToInt(Head::levels)
                .findFirst()
                .orElse(LEVELS);
    }

    /**
     * What is done to each input before a head sees it: {@code (curve(min(max(x, low), high)) - mean) / sd}, where the first inputs have
     * curves and the others none.
     *
     * @param low smallest value let through
     * @param high largest value let through
     * @param curves of the first inputs, if any
     * @param mean of the training values so far
     * @param sd likewise, above 0
     */
    public record Scaling(float[] low, float[] high, Optional<Curves> curves, float[] mean, float[] sd) {
        public Scaling {
            require(
                    low.length == high.length && low.length == mean.length && low.length == sd.length,
                    "low, high, mean and sd must have the same length");
            require(
                    curves.map(c -> c.base().length).orElse(0) <= low.length,
                    "there must not be more curves than inputs");
            for (int i = 0; i < low.length; i++) {
                require(
                        low[i] <= high[i] && Float.isFinite(mean[i]) && Float.isFinite(sd[i]) && sd[i] > 0,
                        "input " + i + " has no usable scaling");
            }
        }

        /** @return all inputs of one frame, standardised; a new array */
        public float[] apply(float[] raw) {
            float[] scaled = new float[raw.length];
            for (int i = 0; i < raw.length; i++) {
                scaled[i] = Math.min(high[i], Math.max(low[i], raw[i]));
            }
            curves.ifPresent(c -> c.bend(scaled));
            for (int i = 0; i < raw.length; i++) {
                scaled[i] = (scaled[i] - mean[i]) / sd[i];
            }
            return scaled;
        }
    }

    /**
     * A rising line of straight pieces for each input: {@code base + sum_s rise[s] clip((x - start[s]) slope[s], 0, 1)}, the first piece being
     * continued to the left and the last to the right. Sums of bounded pieces, so no rounding is magnified.
     *
     * @param start {@code [N][S]}, where each piece begins
     * @param slope {@code [N][S]}, 1 over its width
     * @param rise {@code [N][S]}, by how much the line rises along it; 0 where an input has fewer pieces
     * @param base {@code [N]}, the line where the first piece begins
     */
    public record Curves(float[][] start, float[][] slope, float[][] rise, float[] base) {
        public Curves {
            require(
                    base.length > 0
                            && start.length == base.length
                            && slope.length == base.length
                            && rise.length == base.length,
                    "every curve needs pieces and a base");
            for (int i = 0; i < base.length; i++) {
                require(
                        start[i].length == pieces(start)
                                && slope[i].length == pieces(start)
                                && rise[i].length == pieces(start)
                                && pieces(start) > 1,
                        "all curves have the same number of pieces, at least two");
            }
        }

        private static int pieces(float[][] start) {
            return start[0].length;
        }

        /** @return for each piece the least that is let through, {@code [S]} */
        float[] least() {
            float[] least = new float[pieces(start)];
            least[0] = -Float.MAX_VALUE;
            return least;
        }

        /** @return for each piece the most that is let through, {@code [S]} */
        float[] most() {
            float[] most = new float[pieces(start)];
            Arrays.fill(most, 1);
            most[most.length - 1] = Float.MAX_VALUE;
            return most;
        }

        private void bend(float[] inputs) {
            float[] least = least();
            float[] most = most();
            for (int i = 0; i < base.length; i++) {
                float sum = 0;
                for (int s = 0; s < least.length; s++) {
                    float along = (inputs[i] - start[i][s]) * slope[i][s];
                    sum += rise[i][s] * Math.min(most[s], Math.max(least[s], along));
                }
                inputs[i] = base[i] + sum;
            }
        }
    }

    /**
     * One member of a task's ensemble: linear, ReLU, linear. The ensemble's probabilities are the mean of the members' probabilities, so its
     * MOS is the mean of their MOS; the graph gives out their logarithm.
     *
     * @param columns which of the D scaled inputs it looks at, in the order of its weights
     * @param hidden {@code [H][columns.length]}
     * @param hiddenBias {@code [H]}
     * @param output {@code [L][H]}, rows from the best level to the worst; a regression head has two, of which the second is 0
     * @param outputBias {@code [L]}
     */
    public record Head(int[] columns, float[][] hidden, float[] hiddenBias, float[][] output, float[] outputBias) {
        public Head {
            require(columns.length > 0 && hidden.length > 0, "a head needs inputs and hidden units");
            require(hiddenBias.length == hidden.length, "one bias for each hidden unit");
            require(output.length == outputBias.length && output.length >= 2, "a head answers with two levels or more");
            for (float[] row : hidden) {
                require(row.length == columns.length, "hidden weights need one column for each input");
            }
            for (float[] row : output) {
                require(row.length == hidden.length, "output weights need one column for each hidden unit");
            }
        }

        int levels() {
            return outputBias.length;
        }

        /**
         * @param scaled all D inputs of one frame
         * @return the score of this head alone, 1..5, where it answers with five levels
         */
        double score(float[] scaled) {
            double[] logits = new double[LEVELS];
            for (int l = 0; l < LEVELS; l++) {
                logits[l] = outputBias[l];
            }
            for (int h = 0; h < hidden.length; h++) {
                double sum = hiddenBias[h];
                for (int i = 0; i < columns.length; i++) {
                    sum += (double) hidden[h][i] * scaled[columns[i]];
                }
                for (int l = 0; l < LEVELS && sum > 0; l++) {
                    logits[l] += output[l][h] * sum;
                }
            }
            double max = Arrays.stream(logits).max().orElseThrow();
            double sum = 0;
            double score = 0;
            for (int l = 0; l < LEVELS; l++) {
                double e = Math.exp(logits[l] - max);
                sum += e;
                score += e * (LEVELS - l);
            }
            return score / sum;
        }

        void checkInputs(int inputs) {
            for (int column : columns) {
                require(column >= 0 && column < inputs, "column " + column + " of " + inputs + " inputs");
            }
        }
    }

    /**
     * The convolutional part, batch normalisation folded into weights and biases. Input: RGB, 0..255, three channels. {@code stem}: 4 x 4
     * pixels side by side, ReLU; up to three last rows and columns are not seen. Then the stages. Of the last {@code pooled} stages'
     * outputs the mean of each channel over the frame and {@code sqrt(variance + 1e-4)} of each are taken, stage by stage, and multiplied
     * by {@code projection}: what comes out are components of what this network tells of a teacher's answers, and of its own channels, see {@code
     * org.loupe.training.student}.
     *
     * @param stem kernel 4
     * @param stages at least one
     * @param pooled 1 to the number of stages
     * @param projection {@code [Z][P]}, P being twice the channels of the pooled stages
     * @param bias {@code [Z]}
     */
    public record Network(Convolution stem, List<Stage> stages, int pooled, float[][] projection, float[] bias) {
        /** Added to every variance before its root is taken. */
        public static final float VARIANCE_FLOOR = 1e-4f;

        static final int STEM_KERNEL = 4;

        public Network {
            stages = List.copyOf(stages);
            stem.check("the stem", 3, 3, STEM_KERNEL);
            require(
                    pooled >= 1 && pooled <= stages.size(),
                    "one stage or more must be pooled, and no more than there are");
            int channels = stem.out();
            int width = 0;
            for (int s = 0; s < stages.size(); s++) {
                stages.get(s).check("stage " + s, channels);
                channels = stages.get(s).channels();
                width += s >= stages.size() - pooled ? 2 * channels : 0;
            }
            require(
                    projection.length > 0 && projection.length == bias.length,
                    "a projection has one bias for each row");
            for (float[] row : projection) {
                require(row.length == width, "the projection needs " + width + " columns, has " + row.length);
            }
        }

        /** @return Z, how many inputs the network adds to the statistics */
        public int outputs() {
            return projection.length;
        }

        /** @return {@code net_0} to {@code net_}(Z - 1) */
        public List<String> names() {
            return names(outputs());
        }

        /** @return {@code net_0} and so on, names of so many outputs */
        public static List<String> names(int outputs) {
            return IntStream.range(0, outputs).mapToObj(i -> "net_" + i).toList();
        }
    }

    /**
     * Halves the picture, then refines it.
     *
     * @param down 2 x 2 without or 3 x 3 with a border of zeros, stride 2, followed by ReLU
     * @param blocks any number
     */
    public record Stage(Convolution down, List<Block> blocks) {
        public Stage {
            blocks = List.copyOf(blocks);
        }

        int channels() {
            return down.out();
        }

        private void check(String name, int channels) {
            require(down.kernel() == 2 || down.kernel() == 3, name + " must halve with kernel 2 or 3");
            down.check(name, channels, channels, down.kernel());
            blocks.forEach(block -> block.check(name, channels()));
        }
    }

    /**
     * What its convolutions make of the input, ReLU between them, is added to the input; then ReLU.
     *
     * @param convolutions odd kernels, stride 1, bordered by zeros; the last gives as many channels as the first takes
     */
    public record Block(List<Convolution> convolutions) {
        public Block {
            convolutions = List.copyOf(convolutions);
        }

        private void check(String name, int channels) {
            int now = channels;
            for (Convolution convolution : convolutions) {
                require(convolution.kernel() % 2 == 1, name + ": kernels within a block are odd");
                convolution.check(name, now, convolution.in(), convolution.kernel());
                now = convolution.out();
            }
            require(now == channels && !convolutions.isEmpty(), name + ": a block keeps its number of channels");
        }
    }

    /**
     * @param out channels it gives
     * @param in channels each of them looks at: all, or in a convolution of groups a part, 1 where each channel is filtered by itself
     * @param weights {@code [out, in, kernel, kernel]}, row by row
     * @param bias {@code [out]}
     */
    public record Convolution(int out, int in, int kernel, float[] weights, float[] bias) {
        public Convolution {
            require(
                    weights.length == out * in * kernel * kernel && bias.length == out,
                    "a convolution of " + out + " x " + in + " x " + kernel + " x " + kernel + " with " + weights.length
                            + " weights and " + bias.length + " biases");
        }

        private void check(String name, int channels, int wantedIn, int wantedKernel) {
            require(
                    in == wantedIn
                            && kernel == wantedKernel
                            && in > 0
                            && channels % in == 0
                            && out % (channels / in) == 0,
                    name + " must take " + channels + " channels with kernel " + wantedKernel);
        }
    }

    static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
