package org.loupe.export;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.loupe.checkpoint.OneAlignConfig;

/**
 * Keys and values of the tokens before the image, for every prompt and layer. Those tokens see nothing that follows them, so both are
 * constants of the model. Computed here in {@code double} from the checkpoint's own weights, whatever precision the graph gets, in the same
 * order on every machine: a package's digest does not depend on where it was made.
 *
 * <p>Prompts are padded on the left to the longest one, so that the image rows of all prompts start at the same position; a token's position
 * is its place in the padded row. Only differences of positions matter to rotary attention.
 */
final class PrefixCache {
    // Rows of a weight matrix read and multiplied at a time.
    private static final int BLOCK_ROWS = 64;

    private final CheckpointWeights weights;
    private final OneAlignConfig.Language config;
    private final List<int[]> prefixes;
    private final int length;
    private final int tokens;
    private final List<float[]> keys = new ArrayList<>();
    private final List<float[]> values = new ArrayList<>();

    /** Tokens of all prompts side by side; features are rows, so that one weight meets all tokens at once. */
    private final double[] hidden;

    private PrefixCache(CheckpointWeights weights, OneAlignConfig.Language config, List<int[]> prefixes) {
        this.weights = weights;
        this.config = config;
        this.prefixes = prefixes;
        this.length = prefixes.stream().mapToInt(ids -> ids.length).max().orElse(0);
        this.tokens = prefixes.stream().mapToInt(ids -> ids.length).sum();
        this.hidden = new double[Math.multiplyExact(config.width(), tokens)];
    }

    /**
     * @param prefixes ids of each prompt's tokens before the image
     * @param progress told the number of layers done
     * @throws IOException if the checkpoint cannot be read
     */
    static PrefixCache compute(
            CheckpointWeights weights, OneAlignConfig.Language config, List<int[]> prefixes, IntConsumer progress)
            throws IOException {
        PrefixCache cache = new PrefixCache(weights, config, prefixes);
        try {
            cache.embed();
            for (int layer = 0; layer < config.layers(); layer++) {
                cache.layer(layer);
                progress.accept(layer + 1);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return cache;
    }

    /** @return tokens of the longest prefix: the position at which image rows start */
    int length() {
        return length;
    }

    /** @return rotated keys of a layer, {@code float32[prompt, length, head * head width]}, zero where padded */
    float[] keys(int layer) {
        return keys.get(layer);
    }

    /** @return values of a layer, {@code float32[prompt, length, head * head width]}, zero where padded */
    float[] values(int layer) {
        return values.get(layer);
    }

    private void embed() throws IOException {
        int column = 0;
        for (int[] ids : prefixes) {
            float[] rows = weights.rows("model.embed_tokens.weight", ids);
            for (int t = 0; t < ids.length; t++, column++) {
                for (int i = 0; i < config.width(); i++) {
                    hidden[i * tokens + column] = rows[t * config.width() + i];
                }
            }
        }
    }

    private void layer(int layer) throws IOException {
        String root = "model.layers." + layer + ".";
        boolean last = layer == config.layers() - 1;
        double[] normed = rmsNorm(hidden, root + "input_layernorm.multiway.0.weight");
        double[] key = multiply(root + "self_attn.k_proj.multiway.0.weight", normed, config.width(), config.width());
        double[] value = multiply(root + "self_attn.v_proj.multiway.0.weight", normed, config.width(), config.width());
        rotate(key);
        keys.add(padded(key));
        values.add(padded(value));
        if (last) {
            return; // nothing reads what the prefix becomes after the last layer's keys and values
        }
        double[] query = multiply(root + "self_attn.q_proj.weight", normed, config.width(), config.width());
        rotate(query);
        double[] context = attend(query, key, value);
        addTo(hidden, multiply(root + "self_attn.o_proj.weight", context, config.width(), config.width()));
        double[] mlpIn = rmsNorm(hidden, root + "post_attention_layernorm.multiway.0.weight");
        double[] gate = multiply(root + "mlp.gate_proj.weight", mlpIn, config.inner(), config.width());
        double[] up = multiply(root + "mlp.up_proj.weight", mlpIn, config.inner(), config.width());
        for (int i = 0; i < gate.length; i++) {
            gate[i] = gate[i] / (1 + StrictMath.exp(-gate[i])) * up[i];
        }
        addTo(hidden, multiply(root + "mlp.down_proj.weight", gate, config.width(), config.inner()));
    }

    private double[] rmsNorm(double[] x, String weight) throws IOException {
        float[] scale = weights.all(weight);
        double[] y = new double[x.length];
        for (int t = 0; t < tokens; t++) {
            double sum = 0;
            for (int i = 0; i < config.width(); i++) {
                sum += x[i * tokens + t] * x[i * tokens + t];
            }
            double factor = 1 / Math.sqrt(sum / config.width() + config.rmsNormEps());
            for (int i = 0; i < config.width(); i++) {
                y[i * tokens + t] = x[i * tokens + t] * factor * scale[i];
            }
        }
        return y;
    }

    /** {@code [out, in] x [in, tokens]}, blocks of output rows in parallel; each sum is taken in the order of the inputs. */
    private double[] multiply(String weight, double[] x, int out, int in) {
        double[] y = new double[Math.multiplyExact(out, tokens)];
        IntStream.range(0, (out + BLOCK_ROWS - 1) / BLOCK_ROWS).parallel().forEach(block -> {
            int first = block * BLOCK_ROWS;
            int rows = Math.min(BLOCK_ROWS, out - first);
            float[] piece = new float[rows * in];
            try {
                weights.readRows(weight, first, rows, piece);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            double[] sums = new double[tokens];
            for (int o = 0; o < rows; o++) {
                Arrays.fill(sums, 0);
                for (int i = 0; i < in; i++) {
                    double w = piece[o * in + i];
                    int from = i * tokens;
                    for (int t = 0; t < tokens; t++) {
                        sums[t] += w * x[from + t];
                    }
                }
                System.arraycopy(sums, 0, y, (first + o) * tokens, tokens);
            }
        });
        return y;
    }

    private void rotate(double[] x) {
        int headWidth = config.headWidth();
        int half = headWidth / 2;
        int column = 0;
        for (int[] ids : prefixes) {
            for (int t = 0; t < ids.length; t++, column++) {
                int position = length - ids.length + t;
                for (int j = 0; j < half; j++) {
                    double angle = RotaryTable.angle(config, position, j);
                    double cos = StrictMath.cos(angle);
                    double sin = StrictMath.sin(angle);
                    for (int head = 0; head < config.heads(); head++) {
                        int low = (head * headWidth + j) * tokens + column;
                        int high = low + half * tokens;
                        double a = x[low];
                        double b = x[high];
                        x[low] = a * cos - b * sin;
                        x[high] = b * cos + a * sin;
                    }
                }
            }
        }
    }

    private double[] attend(double[] query, double[] key, double[] value) {
        int headWidth = config.headWidth();
        double[] context = new double[query.length];
        int start = 0;
        for (int[] ids : prefixes) {
            for (int head = 0; head < config.heads(); head++) {
                int row = head * headWidth;
                for (int t = 0; t < ids.length; t++) {
                    double[] share = new double[t + 1];
                    double largest = Double.NEGATIVE_INFINITY;
                    for (int s = 0; s <= t; s++) {
                        for (int i = 0; i < headWidth; i++) {
                            share[s] += query[(row + i) * tokens + start + t] * key[(row + i) * tokens + start + s];
                        }
                        share[s] /= Math.sqrt(headWidth);
                        largest = Math.max(largest, share[s]);
                    }
                    double sum = 0;
                    for (int s = 0; s <= t; s++) {
                        share[s] = StrictMath.exp(share[s] - largest);
                        sum += share[s];
                    }
                    for (int s = 0; s <= t; s++) {
                        for (int i = 0; i < headWidth; i++) {
                            context[(row + i) * tokens + start + t] +=
                                    share[s] / sum * value[(row + i) * tokens + start + s];
                        }
                    }
                }
            }
            start += ids.length;
        }
        return context;
    }

    private float[] padded(double[] x) {
        int width = config.width();
        float[] y = new float[prefixes.size() * length * width];
        int column = 0;
        for (int prompt = 0; prompt < prefixes.size(); prompt++) {
            int count = prefixes.get(prompt).length;
            for (int t = 0; t < count; t++, column++) {
                int at = (prompt * length + length - count + t) * width;
                for (int i = 0; i < width; i++) {
                    y[at + i] = (float) x[i * tokens + column];
                }
            }
        }
        return y;
    }

    private static void addTo(double[] x, double[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }
}
