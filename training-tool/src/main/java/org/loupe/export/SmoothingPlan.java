package org.loupe.export;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.loupe.checkpoint.OneAlignConfig;

/**
 * Factors that move from what a norm gives into the matrices that read it, so that rounding meets features of like size on both sides. One
 * vector a norm, divided out of both of its modality gains (and its bias), multiplied into the input columns of every matrix that reads it: the
 * same function, and since every factor is a power of two, the same in every bit as long as nothing is rounded to steps.
 *
 * <p>The factor of a feature is the square root of how large it arrives, its gain, over how large the weights are that meet it, against the
 * middle of all features, and never below 1: a feature is made smaller where its gain stands out against its weights, but none is made
 * larger, because a small gain may well be what holds down a feature that arrives huge. It is a function of the checkpoint alone; no pictures
 * are needed. A checkpoint whose gains are scaled up and whose matrices are divided by the same numbers gets the same rounding errors, up to
 * the factors' own rounding to powers of two.
 *
 * <p>Who multiplies rows of such a norm by matrices of their own, an adapter, multiplies its input columns by {@link #factors} of the matrix
 * it stands beside. Immutable once made.
 */
public final class SmoothingPlan {
    /** Nothing moves. */
    public static final SmoothingPlan NONE = new SmoothingPlan();

    private static final float[] NOTHING = {};
    // Beyond this a feature is dead on one side, and no factor makes it matter.
    private static final int MOST_OCTAVES = 16;
    private static final int ROWS = 64;

    private final Map<String, float[]> factors = new HashMap<>();
    private final Map<String, float[]> divisors = new HashMap<>();

    private SmoothingPlan() {}

    /** @throws IOException if the checkpoint cannot be read */
    static SmoothingPlan of(OneAlignConfig config, CheckpointWeights weights) throws IOException {
        SmoothingPlan plan = new SmoothingPlan();
        try {
            for (int i = 0; i < config.vision().layers(); i++) {
                String layer = "model.vision_model.encoder.layers." + i + ".";
                plan.layerNorm(weights, layer + "input_layernorm", layer + "self_attn.query_key_value");
                plan.layerNorm(weights, layer + "post_attention_layernorm", layer + "mlp.fc1");
            }
            for (int i = 0; i < config.language().layers(); i++) {
                plan.language(weights, "model.layers." + i + ".");
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return plan;
    }

    /** @return what the input columns of a matrix are multiplied by; empty for nothing */
    public float[] factors(String matrix) {
        return factors.getOrDefault(matrix, NOTHING);
    }

    /** @return what the elements of a vector, or the rows of a matrix, are divided by; empty for nothing */
    float[] divisors(String tensor) {
        return divisors.getOrDefault(tensor, NOTHING);
    }

    private void layerNorm(CheckpointWeights weights, String norm, String... readers) throws IOException {
        move(arriving(weights, norm), List.of(norm + ".weight", norm + ".bias"), weights, readers);
    }

    private void language(CheckpointWeights weights, String layer) throws IOException {
        rmsNorm(
                weights,
                layer + "input_layernorm",
                layer + "self_attn.q_proj",
                layer + "self_attn.k_proj.multiway.0",
                layer + "self_attn.k_proj.multiway.1",
                layer + "self_attn.v_proj.multiway.0",
                layer + "self_attn.v_proj.multiway.1");
        rmsNorm(weights, layer + "post_attention_layernorm", layer + "mlp.gate_proj", layer + "mlp.up_proj");
    }

    private void rmsNorm(CheckpointWeights weights, String norm, String... readers) throws IOException {
        List<String> gains = List.of(norm + ".multiway.0.weight", norm + ".multiway.1.weight");
        float[] arriving = new float[Math.toIntExact(weights.shape(gains.get(0))[0])];
        for (String gain : gains) {
            raise(arriving, weights.all(gain));
        }
        move(arriving, gains, weights, readers);
    }

    /** Without knowing the pictures: features of one, times their gains, and their biases. */
    private static float[] arriving(CheckpointWeights weights, String norm) throws IOException {
        float[] gain = weights.all(norm + ".weight");
        float[] bias = weights.all(norm + ".bias");
        for (int i = 0; i < gain.length; i++) {
            gain[i] = Math.abs(gain[i]) + Math.abs(bias[i]);
        }
        return gain;
    }

    private void move(float[] arriving, List<String> from, CheckpointWeights weights, String... readers)
            throws IOException {
        float[] meeting = new float[arriving.length];
        for (String reader : readers) {
            raise(meeting, columns(weights, reader + ".weight"));
        }
        float[] vector = balance(arriving, meeting);
        from.forEach(tensor -> divisors.put(tensor, vector));
        for (String reader : readers) {
            factors.put(reader + ".weight", vector);
        }
    }

    /** Powers of two near {@code sqrt(arriving / meeting)}, 1 for the middle feature and all below. */
    static float[] balance(float[] arriving, float[] meeting) {
        double[] octaves = new double[arriving.length];
        double sum = 0;
        int alive = 0;
        for (int i = 0; i < octaves.length; i++) {
            octaves[i] = arriving[i] > 0 && meeting[i] > 0
                    ? StrictMath.log((double) arriving[i] / meeting[i]) / (2 * StrictMath.log(2))
                    : Double.NaN;
            if (!Double.isNaN(octaves[i])) {
                sum += octaves[i];
                alive++;
            }
        }
        float[] vector = new float[octaves.length];
        for (int i = 0; i < vector.length; i++) {
            double octave = Double.isNaN(octaves[i]) ? 0 : octaves[i] - sum / alive;
            int rounded = (int) Math.rint(Math.max(0, Math.min(MOST_OCTAVES, octave)));
            vector[i] = Math.scalb(1f, rounded);
        }
        return vector;
    }

    private static void raise(float[] largest, float[] values) {
        for (int i = 0; i < largest.length; i++) {
            largest[i] = Math.max(largest[i], Math.abs(values[i]));
        }
    }

    /** @return the largest magnitude of every input column of a stored {@code [out, in]} matrix */
    private static float[] columns(CheckpointWeights weights, String matrix) {
        int out = Math.toIntExact(weights.shape(matrix)[0]);
        int in = Math.toIntExact(weights.shape(matrix)[1]);
        float[] largest = new float[in];
        IntStream.range(0, (out + ROWS - 1) / ROWS).parallel().forEach(block -> {
            int count = Math.min(ROWS, out - block * ROWS);
            float[] rows = new float[count * in];
            try {
                weights.readRows(matrix, block * ROWS, count, rows);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            float[] own = new float[in];
            for (int r = 0; r < count; r++) {
                for (int i = 0; i < in; i++) {
                    float magnitude = Math.abs(rows[r * in + i]);
                    if (magnitude > own[i]) { // seldom true after some rows, and so cheaper than Math.max
                        own[i] = magnitude;
                    }
                }
            }
            synchronized (largest) {
                raise(largest, own);
            }
        });
        return largest;
    }
}
