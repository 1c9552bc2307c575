package org.loupe.export.small;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.loupe.score.Task;

/**
 * Everything {@code loupe-small} learned. What a frame gives is one vector of D inputs: the N statistics of {@link FeatureGraph}, then, with a
 * network, its {@link Network#POOLED} pooled features. Arrays are not copied and must not be changed afterwards.
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
        int inputs = featureNames.size() + (network.isPresent() ? Network.POOLED : 0);
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
     * What is done to each input before a head sees it: {@code (min(max(x, low), high) - mean) / sd}.
     *
     * @param low smallest value let through
     * @param high largest value let through
     * @param mean of the clipped training values
     * @param sd of the clipped training values, above 0
     */
    public record Scaling(float[] low, float[] high, float[] mean, float[] sd) {
        public Scaling {
            require(
                    low.length == high.length && low.length == mean.length && low.length == sd.length,
                    "low, high, mean and sd must have the same length");
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
                scaled[i] = (Math.min(high[i], Math.max(low[i], raw[i])) - mean[i]) / sd[i];
            }
            return scaled;
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
     * The convolutional part, batch normalisation folded into weights and biases. Input: {@code (RGB - 127.5) / 64} and the plane m, four
     * channels; 5 x 5 stride 2 to 8, ReLU, 3 x 3 stride 2 to 16, ReLU, then {@link #BLOCK_CHANNELS residual blocks}. A block is 3 x 3 (with the
     * stride), ReLU, 3 x 3, plus the shortcut, ReLU. Every convolution pads with zeros by half its kernel. The pooled features are the
     * mean of each last channel over the frame, then {@code sqrt(variance + 1e-4)} of each.
     *
     * @param stem the two convolutions before the blocks
     * @param blocks four blocks
     */
    public record Network(List<Convolution> stem, List<Block> blocks) {
        /** Channels after each block; the first has stride 1, the others 2. */
        public static final List<Integer> BLOCK_CHANNELS = List.of(16, 32, 64, 128);

        /** Pooled features: mean and deviation of the last block's channels. */
        public static final int POOLED = 256;

        public Network {
            stem = List.copyOf(stem);
            blocks = List.copyOf(blocks);
            require(stem.size() == 2 && blocks.size() == BLOCK_CHANNELS.size(), "two stem convolutions, four blocks");
            stem.get(0).check("stem 0", 8, 4, 5);
            stem.get(1).check("stem 1", 16, 8, 3);
            int channels = 16;
            for (int i = 0; i < blocks.size(); i++) {
                blocks.get(i).check("block " + i, channels, BLOCK_CHANNELS.get(i));
                channels = BLOCK_CHANNELS.get(i);
            }
        }
    }

    /**
     * @param first 3 x 3 with the block's stride
     * @param second 3 x 3, stride 1
     * @param shortcut 1 x 1 after 2 x 2 mean pooling (ceil mode: a last odd row or column is averaged alone); nothing where the block
     *     keeps size and channels and adds its input unchanged
     */
    public record Block(Convolution first, Convolution second, Optional<Convolution> shortcut) {
        private void check(String name, int in, int out) {
            first.check(name + " first", out, in, 3);
            second.check(name + " second", out, out, 3);
            require(
                    shortcut.isPresent() == (in != out),
                    name + " must have a shortcut convolution exactly when it widens");
            shortcut.ifPresent(convolution -> convolution.check(name + " shortcut", out, in, 1));
        }
    }

    /**
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

        private void check(String name, int wantedOut, int wantedIn, int wantedKernel) {
            require(
                    out == wantedOut && in == wantedIn && kernel == wantedKernel,
                    name + " must map " + wantedIn + " to " + wantedOut + " channels with kernel " + wantedKernel);
        }
    }

    static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
