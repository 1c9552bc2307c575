package org.loupe.export;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.decode.Frame;

/**
 * The network once more, as plainly as it can be said: token by token, in {@code double}, with nothing cached, routed ahead or left out.
 * Rows are {@code double[token][feature]}.
 */
final class ReferenceOneAlign {
    private final OneAlignConfig config;
    private final Map<String, float[]> weights = new HashMap<>();

    ReferenceOneAlign(OneAlignConfig config, Checkpoint checkpoint) throws IOException {
        this.config = config;
        for (String name : checkpoint.tensors().keySet()) {
            weights.put(name, new CheckpointWeights(checkpoint).all(name));
        }
    }

    /** @param frames already padded and resized, in the order of time */
    double[] levelLogits(List<Frame> frames, int[] before, int[] after, int[] levelIds) {
        List<double[]> sequence = new ArrayList<>();
        List<Integer> modality = new ArrayList<>();
        for (int id : before) {
            sequence.add(embedding(id));
            modality.add(0);
        }
        for (Frame frame : frames) {
            for (double[] row : imageRows(frame)) {
                sequence.add(row);
                modality.add(1);
            }
        }
        for (int id : after) {
            sequence.add(embedding(id));
            modality.add(0);
        }
        double[][] x = sequence.toArray(double[][]::new);
        for (int i = 0; i < config.language().layers(); i++) {
            x = decoderLayer("model.layers." + i + ".", x, modality);
        }
        double[] last = rms(x[x.length - 1], "model.norm.weight");
        int width = config.language().width();
        double[] logits = new double[levelIds.length];
        for (int level = 0; level < levelIds.length; level++) {
            for (int i = 0; i < width; i++) {
                logits[level] += last[i] * weight("lm_head.weight")[levelIds[level] * width + i];
            }
        }
        return logits;
    }

    /** Mean of the abstractor's rows without the end row, of length 1. */
    double[] frameEmbedding(Frame frame) {
        double[][] rows = imageRows(frame);
        double[] mean = new double[config.language().width()];
        for (int q = 0; q < rows.length - 1; q++) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += rows[q][i] / (rows.length - 1);
            }
        }
        double length =
                Math.sqrt(Arrays.stream(mean).map(value -> value * value).sum());
        return Arrays.stream(mean).map(value -> value / length).toArray();
    }

    private double[][] imageRows(Frame frame) {
        double[][] features = vision(frame);
        double[][] h =
                rows("model.visual_abstractor.query_embeds", config.vision().width());
        for (int i = 0; i < config.abstractor().layers(); i++) {
            h = abstractorLayer("model.visual_abstractor.encoder.layers." + i + ".crossattention.", h, features);
        }
        List<double[]> rows = new ArrayList<>(List.of(linear(h, "model.visual_abstractor.visual_fc")));
        rows.add(rows("model.visual_abstractor.vit_eos", config.language().width())[0]);
        return rows.toArray(double[][]::new);
    }

    private double[][] vision(Frame frame) {
        String root = "model.vision_model.";
        int width = config.vision().width();
        int patch = config.vision().patchSide();
        List<double[]> tokens = new ArrayList<>();
        tokens.add(rows(root + "embeddings.cls_token", width)[0]);
        float[] kernel = weight(root + "embeddings.patch_embed.weight");
        for (int row = 0; row < config.vision().grid(); row++) {
            for (int column = 0; column < config.vision().grid(); column++) {
                double[] token = new double[width];
                for (int o = 0; o < width; o++) {
                    for (int c = 0; c < 3; c++) {
                        for (int y = 0; y < patch; y++) {
                            for (int x = 0; x < patch; x++) {
                                token[o] += kernel[((o * 3 + c) * patch + y) * patch + x]
                                        * pixel(frame, column * patch + x, row * patch + y, c);
                            }
                        }
                    }
                }
                tokens.add(token);
            }
        }
        double eps = config.vision().layerNormEps();
        double[][] placed = sum(tokens.toArray(double[][]::new), rows(root + "embeddings.position_embedding", width));
        double[][] x = layerNorm(placed, root + "embeddings.pre_layernorm", eps);
        for (int i = 0; i < config.vision().layers(); i++) {
            String layer = root + "encoder.layers." + i + ".";
            x = sum(x, visionAttention(layer, layerNorm(x, layer + "input_layernorm", eps)));
            double[][] inner = linear(layerNorm(x, layer + "post_attention_layernorm", eps), layer + "mlp.fc1");
            for (double[] token : inner) {
                for (int j = 0; j < token.length; j++) {
                    token[j] = token[j] / (1 + Math.exp(-1.702 * token[j]));
                }
            }
            x = sum(x, linear(inner, layer + "mlp.fc2"));
        }
        return layerNorm(x, root + "post_layernorm", eps);
    }

    private double pixel(Frame frame, int x, int y, int c) {
        int colour = frame.rgb()[(y * frame.width() + x) * 3 + c] & 0xff;
        return (colour / 255.0 - config.input().mean().get(c))
                / config.input().std().get(c);
    }

    private double[][] visionAttention(String layer, double[][] x) {
        int heads = config.vision().heads();
        int hd = config.vision().headWidth();
        double[][] joined = linear(x, layer + "self_attn.query_key_value");
        double[][][] parts = new double[3][x.length][heads * hd];
        for (int t = 0; t < x.length; t++) {
            for (int head = 0; head < heads; head++) {
                for (int which = 0; which < 3; which++) {
                    System.arraycopy(joined[t], (head * 3 + which) * hd, parts[which][t], head * hd, hd);
                }
            }
        }
        return linear(attend(parts[0], parts[1], parts[2], heads, false), layer + "self_attn.dense");
    }

    private double[][] abstractorLayer(String layer, double[][] in, double[][] features) {
        int width = config.vision().width();
        double[][] h = layerNorm(in, layer + "norm1", 1e-5);
        List<double[]> both = new ArrayList<>(List.of(h));
        both.addAll(List.of(layerNorm(features, layer + "normk", 1e-5)));
        double[][] all = both.toArray(double[][]::new);
        double[][] queryPlaces = rows(layer + "attention.q_pos_embed", width);
        List<double[]> places = new ArrayList<>(List.of(queryPlaces));
        places.addAll(List.of(rows(layer + "attention.k_pos_embed", width)));
        double[][] q = linear(sum(h, queryPlaces), layer + "attention.query");
        double[][] k = linear(sum(all, places.toArray(double[][]::new)), layer + "attention.key");
        double[][] v = linear(all, layer + "attention.value");
        double[][] seen =
                sum(h, linear(attend(q, k, v, config.abstractor().heads(), false), layer + "output.out_proj"));
        double[][] n = layerNorm(seen, layer + "output.norm2", 1e-5);
        double[][] gated = gated(linear(n, layer + "output.mlp.w1"), linear(n, layer + "output.mlp.w3"));
        double[][] normed = layerNorm(
                gated, layer + "output.mlp.ffn_ln", config.abstractor().ffnNormEps());
        return sum(seen, linear(normed, layer + "output.mlp.w2"));
    }

    private double[][] decoderLayer(String layer, double[][] x, List<Integer> modality) {
        int heads = config.language().heads();
        double[][] q = new double[x.length][];
        double[][] k = new double[x.length][];
        double[][] v = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            String branch = ".multiway." + modality.get(t) + ".weight";
            double[] y = rms(x[t], layer + "input_layernorm" + branch);
            q[t] = rotate(times(y, layer + "self_attn.q_proj.weight"), t);
            k[t] = rotate(times(y, layer + "self_attn.k_proj" + branch), t);
            v[t] = times(y, layer + "self_attn.v_proj" + branch);
        }
        double[][] context = attend(q, k, v, heads, true);
        double[][] result = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] seen = plus(x[t], times(context[t], layer + "self_attn.o_proj.weight"));
            double[] n = rms(seen, layer + "post_attention_layernorm.multiway." + modality.get(t) + ".weight");
            double[] inner = gated(
                    new double[][] {times(n, layer + "mlp.gate_proj.weight")},
                    new double[][] {times(n, layer + "mlp.up_proj.weight")})[0];
            result[t] = plus(seen, times(inner, layer + "mlp.down_proj.weight"));
        }
        return result;
    }

    private double[] rotate(double[] x, int position) {
        int hd = config.language().headWidth();
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            int inHead = i % hd;
            int j = inHead % (hd / 2);
            double angle = position * Math.pow(config.language().ropeTheta(), -2.0 * j / hd);
            double partner = inHead < hd / 2 ? -x[i + hd / 2] : x[i - hd / 2];
            y[i] = x[i] * Math.cos(angle) + partner * Math.sin(angle);
        }
        return y;
    }

    private static double[][] attend(double[][] q, double[][] k, double[][] v, int heads, boolean causal) {
        int hd = q[0].length / heads;
        double[][] context = new double[q.length][q[0].length];
        for (int head = 0; head < heads; head++) {
            for (int t = 0; t < q.length; t++) {
                int seen = causal ? t + 1 : k.length;
                double[] share = new double[seen];
                for (int s = 0; s < seen; s++) {
                    for (int i = head * hd; i < (head + 1) * hd; i++) {
                        share[s] += q[t][i] * k[s][i];
                    }
                    share[s] /= Math.sqrt(hd);
                }
                double largest = Arrays.stream(share).max().orElseThrow();
                double total = 0;
                for (int s = 0; s < seen; s++) {
                    share[s] = Math.exp(share[s] - largest);
                    total += share[s];
                }
                for (int s = 0; s < seen; s++) {
                    for (int i = head * hd; i < (head + 1) * hd; i++) {
                        context[t][i] += share[s] / total * v[s][i];
                    }
                }
            }
        }
        return context;
    }

    private double[] embedding(int id) {
        int width = config.language().width();
        double[] row = new double[width];
        for (int i = 0; i < width; i++) {
            row[i] = weight("model.embed_tokens.weight")[id * width + i];
        }
        return row;
    }

    private double[] rms(double[] x, String name) {
        double mean = Arrays.stream(x).map(value -> value * value).sum() / x.length;
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = weight(name)[i] * x[i] / Math.sqrt(mean + config.language().rmsNormEps());
        }
        return y;
    }

    private double[][] layerNorm(double[][] x, String module, double eps) {
        double[][] y = new double[x.length][x[0].length];
        for (int t = 0; t < x.length; t++) {
            double mean = Arrays.stream(x[t]).average().orElseThrow();
            double variance = Arrays.stream(x[t])
                    .map(value -> (value - mean) * (value - mean))
                    .average()
                    .orElseThrow();
            for (int i = 0; i < x[t].length; i++) {
                y[t][i] = (x[t][i] - mean) / Math.sqrt(variance + eps) * weight(module + ".weight")[i]
                        + weight(module + ".bias")[i];
            }
        }
        return y;
    }

    private double[][] linear(double[][] x, String module) {
        double[][] y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            y[t] = times(x[t], module + ".weight");
            for (int o = 0; o < y[t].length; o++) {
                y[t][o] += weight(module + ".bias")[o];
            }
        }
        return y;
    }

    private double[] times(double[] x, String name) {
        float[] w = weight(name);
        double[] y = new double[w.length / x.length];
        for (int o = 0; o < y.length; o++) {
            for (int i = 0; i < x.length; i++) {
                y[o] += w[o * x.length + i] * x[i];
            }
        }
        return y;
    }

    private static double[][] gated(double[][] gate, double[][] up) {
        double[][] y = new double[gate.length][gate[0].length];
        for (int t = 0; t < y.length; t++) {
            for (int i = 0; i < y[t].length; i++) {
                y[t][i] = gate[t][i] / (1 + Math.exp(-gate[t][i])) * up[t][i];
            }
        }
        return y;
    }

    private static double[][] sum(double[][] a, double[][] b) {
        double[][] y = new double[a.length][];
        for (int t = 0; t < a.length; t++) {
            y[t] = plus(a[t], b[t]);
        }
        return y;
    }

    private static double[] plus(double[] a, double[] b) {
        double[] y = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            y[i] = a[i] + b[i];
        }
        return y;
    }

    private double[][] rows(String name, int width) {
        float[] flat = weight(name);
        double[][] rows = new double[flat.length / width][width];
        for (int i = 0; i < flat.length; i++) {
            rows[i / width][i % width] = flat[i];
        }
        return rows;
    }

    private float[] weight(String name) {
        float[] weight = weights.get(name);
        if (weight == null) {
            throw new IllegalArgumentException("no tensor is called " + name);
        }
        return weight;
    }
}
