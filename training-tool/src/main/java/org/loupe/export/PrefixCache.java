package org.loupe.export;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.Parallel;

/**
 * Keys and values of the tokens before the image, for every prompt and layer. Those tokens see nothing that follows them, so both are
 * constants of the model. Computed here in {@code double} from the checkpoint's own weights, whatever precision the graph gets, in the same
 * order on every machine: a package's digest does not depend on where it was made.
 *
 * <p>Prompts are padded on the left to the longest one, so that the image rows of all prompts start at the same position; a token's position
 * is its place in the padded row. Only differences of positions matter to rotary attention.
 *
 * <p>A layer is computed when its keys or values are written. The graph asks for them among the other weights of that layer, so that its
 * weights are read from the disk once, not once for the prefixes and once more for the package.
 */
final class PrefixCache {
    // Output features and inputs of one tile of weights: it stays in the nearest cache while all tokens meet it.
    private static final int TILE_OUT = 128;
    private static final int TILE_IN = 32;

    private final CheckpointWeights weights;
    private final OneAlignConfig.Language config;
    private final PrefixTree tree;
    private final IntConsumer progress;
    private final List<float[]> keys = new ArrayList<>();
    private final List<float[]> values = new ArrayList<>();

    /** {@code [token of the tree][feature]}; empty before the first layer. */
    private double[][] hidden = {};

    /**
     * @param prefixes ids of each prompt's tokens before the image
     * @param progress told the number of layers done
     */
    PrefixCache(CheckpointWeights weights, OneAlignConfig.Language config, List<int[]> prefixes, IntConsumer progress) {
        this.weights = weights;
        this.config = config;
        this.tree = new PrefixTree(prefixes);
        this.progress = progress;
    }

    /** @return tokens of the longest prefix: the position at which image rows start */
    int length() {
        return tree.length();
    }

    /** @return rotated keys of a layer, {@code float32[prompt, length, head * head width]}, zero where padded */
    WeightSource keys(int layer) {
        return source(keys, layer);
    }

    /** @return values of a layer, {@code float32[prompt, length, head * head width]}, zero where padded */
    WeightSource values(int layer) {
        return source(values, layer);
    }

    private WeightSource source(List<float[]> computed, int layer) {
        return channel -> {
            while (keys.size() <= layer) {
                layer(keys.size());
                progress.accept(keys.size());
            }
            float[] elements = computed.get(layer);
            CheckpointWeights.write(channel, elements, elements.length);
        };
    }

    private void embed() throws IOException {
        hidden = new double[tree.size()][config.width()];
        for (int n = 0; n < hidden.length; n++) {
            float[] row = weights.rows("model.embed_tokens.weight", tree.node(n).id());
            for (int i = 0; i < row.length; i++) {
                hidden[n][i] = row[i];
            }
        }
    }

    private void layer(int layer) throws IOException {
        if (layer == 0) {
            embed();
        }
        String root = "model.layers." + layer + ".";
        double[][] normed = rmsNorm(hidden, root + "input_layernorm.multiway.0.weight");
        double[][] key = multiply(root + "self_attn.k_proj.multiway.0.weight", normed);
        double[][] value = multiply(root + "self_attn.v_proj.multiway.0.weight", normed);
        keys.add(paddedKeys(key));
        values.add(padded(value));
        if (layer == config.layers() - 1) {
            return; // nothing reads what the prefix becomes after the last layer's keys and values
        }
        double[][] query = multiply(root + "self_attn.q_proj.weight", normed);
        for (int n = 0; n < tree.size(); n++) {
            rotate(query[n], tree.node(n).depth());
            rotate(key[n], tree.node(n).depth());
        }
        addTo(hidden, multiply(root + "self_attn.o_proj.weight", attend(query, key, value)));
        double[][] mlpIn = rmsNorm(hidden, root + "post_attention_layernorm.multiway.0.weight");
        double[][] gate = multiply(root + "mlp.gate_proj.weight", mlpIn);
        double[][] up = multiply(root + "mlp.up_proj.weight", mlpIn);
        for (int n = 0; n < gate.length; n++) {
            for (int i = 0; i < gate[n].length; i++) {
                gate[n][i] = gate[n][i] / (1 + StrictMath.exp(-gate[n][i])) * up[n][i];
            }
        }
        addTo(hidden, multiply(root + "mlp.down_proj.weight", gate));
    }

    private double[][] rmsNorm(double[][] x, String weight) throws IOException {
        float[] scale = weights.all(weight);
        double[][] y = new double[x.length][];
        for (int n = 0; n < x.length; n++) {
            double sum = 0;
            for (double feature : x[n]) {
                sum += feature * feature;
            }
            double factor = 1 / Math.sqrt(sum / config.width() + config.rmsNormEps());
            y[n] = new double[config.width()];
            for (int i = 0; i < y[n].length; i++) {
                y[n][i] = x[n][i] * factor * scale[i];
            }
        }
        return y;
    }

    /** {@code x W^T}, W stored {@code [out, in]}; blocks of outputs in parallel, each sum taken in the order of the inputs. */
    private double[][] multiply(String weight, double[][] x) throws IOException {
        int out = Math.toIntExact(weights.shape(weight)[0]);
        int in = Math.toIntExact(weights.shape(weight)[1]);
        double[][] y = new double[x.length][out];
        Parallel.run((out + TILE_OUT - 1) / TILE_OUT, () -> {
            float[] rows = new float[TILE_OUT * in];
            double[][] tile = new double[TILE_IN][TILE_OUT];
            double[][] sums = new double[x.length][TILE_OUT];
            return block -> {
                int first = block * TILE_OUT;
                int count = Math.min(TILE_OUT, out - first);
                weights.readRows(weight, first, count, rows);
                for (double[] sum : sums) {
                    Arrays.fill(sum, 0);
                }
                for (int from = 0; from < in; from += TILE_IN) {
                    turn(rows, count, in, from, tile);
                    for (int n = 0; n < x.length; n++) {
                        addTile(tile, x[n], from, Math.min(TILE_IN, in - from), sums[n]);
                    }
                }
                for (int n = 0; n < x.length; n++) {
                    System.arraycopy(sums[n], 0, y[n], first, count);
                }
            };
        });
        return y;
    }

    /** Some inputs of all rows as {@code double[input, row]}; inputs and rows beyond the matrix stay as they were. */
    private static void turn(float[] rows, int count, int in, int from, double[][] tile) {
        int inputs = Math.min(TILE_IN, in - from);
        for (int r = 0; r < count; r++) {
            int at = r * in + from;
            for (int i = 0; i < inputs; i++) {
                tile[i][r] = rows[at + i];
            }
        }
    }

    /**
     * The innermost loop of an import: four inputs at a time, so that sums are loaded and stored a quarter as often. Each input has an array
     * of its own, because only loops that count from zero in every array become vector code (measured: four times as fast).
     */
    private static void addTile(double[][] tile, double[] x, int from, int inputs, double[] sums) {
        int i = 0;
        for (; i + 4 <= inputs; i += 4) {
            double[] w0 = tile[i];
            double[] w1 = tile[i + 1];
            double[] w2 = tile[i + 2];
            double[] w3 = tile[i + 3];
            double x0 = x[from + i];
            double x1 = x[from + i + 1];
            double x2 = x[from + i + 2];
            double x3 = x[from + i + 3];
            for (int o = 0; o < TILE_OUT; o++) {
                sums[o] += w0[o] * x0 + w1[o] * x1 + w2[o] * x2 + w3[o] * x3;
            }
        }
        for (; i < inputs; i++) {
            for (int o = 0; o < TILE_OUT; o++) {
                sums[o] += tile[i][o] * x[from + i];
            }
        }
    }

    private void rotate(double[] x, int position) {
        int headWidth = config.headWidth();
        int half = headWidth / 2;
        for (int j = 0; j < half; j++) {
            double angle = RotaryTable.angle(config, position, j);
            double cos = StrictMath.cos(angle);
            double sin = StrictMath.sin(angle);
            for (int low = j; low < x.length; low += headWidth) {
                double a = x[low];
                double b = x[low + half];
                x[low] = a * cos - b * sin;
                x[low + half] = b * cos + a * sin;
            }
        }
    }

    private double[][] attend(double[][] query, double[][] key, double[][] value) {
        int headWidth = config.headWidth();
        double[][] context = new double[query.length][config.width()];
        for (int n = 0; n < query.length; n++) {
            int[] seen = tree.upTo(n);
            double[] share = new double[seen.length];
            for (int from = 0; from < config.width(); from += headWidth) {
                double largest = Double.NEGATIVE_INFINITY;
                for (int s = 0; s < seen.length; s++) {
                    double sum = 0;
                    for (int i = from; i < from + headWidth; i++) {
                        sum += query[n][i] * key[seen[s]][i];
                    }
                    share[s] = sum / Math.sqrt(headWidth);
                    largest = Math.max(largest, share[s]);
                }
                double total = 0;
                for (int s = 0; s < seen.length; s++) {
                    share[s] = StrictMath.exp(share[s] - largest);
                    total += share[s];
                }
                for (int s = 0; s < seen.length; s++) {
                    for (int i = from; i < from + headWidth; i++) {
                        context[n][i] += share[s] / total * value[seen[s]][i];
                    }
                }
            }
        }
        return context;
    }

    /** Keys turned by their place in the padded row, which differs between prompts that share a token. */
    private float[] paddedKeys(double[][] x) {
        float[] y = new float[tree.prompts() * length() * config.width()];
        for (int prompt = 0; prompt < tree.prompts(); prompt++) {
            int[] path = tree.path(prompt);
            for (int t = 0; t < path.length; t++) {
                int place = length() - path.length + t;
                double[] turned = x[path[t]].clone();
                rotate(turned, place);
                copy(turned, y, (prompt * length() + place) * config.width());
            }
        }
        return y;
    }

    private float[] padded(double[][] x) {
        float[] y = new float[tree.prompts() * length() * config.width()];
        for (int prompt = 0; prompt < tree.prompts(); prompt++) {
            int[] path = tree.path(prompt);
            for (int t = 0; t < path.length; t++) {
                copy(x[path[t]], y, (prompt * length() + length() - path.length + t) * config.width());
            }
        }
        return y;
    }

    private static void copy(double[] x, float[] y, int at) {
        for (int i = 0; i < x.length; i++) {
            y[at + i] = (float) x[i];
        }
    }

    private static void addTo(double[][] x, double[][] y) {
        for (int n = 0; n < x.length; n++) {
            for (int i = 0; i < x[n].length; i++) {
                x[n][i] += y[n][i];
            }
        }
    }
}
