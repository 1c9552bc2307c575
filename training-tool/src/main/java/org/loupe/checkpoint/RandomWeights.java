package org.loupe.checkpoint;

import java.util.regex.Pattern;

/**
 * Weights of a network that was never trained but behaves like one: activations keep their size through all layers, attention prefers some
 * rows to others, the level logits differ by about one. Every element depends on the seed, the tensor's name and the element's place only.
 * Safe for many threads.
 */
final class RandomWeights {
    /** Elements that share the state of one generator; pieces start at its multiples. */
    static final int BLOCK = 1 << 18;

    private static final int QUANTILES = 1 << 16;
    private static final Pattern GAIN = Pattern.compile(".*(norm|norm[12k]|ln)(\\.multiway\\.\\d)?\\.weight");
    // The output of attention or MLP, added to what came in.
    private static final Pattern RESIDUAL = Pattern.compile(".*\\.(dense|fc2|out_proj|w2|o_proj|down_proj)\\.weight");
    private static final Pattern QUERY_KEY =
            Pattern.compile(".*\\.(query_key_value|query|key|q_proj|k_proj\\.multiway\\.\\d)\\.weight");
    // Spread of embeddings, biases and learned positions as such networks start with.
    private static final double SMALL = 0.02;
    private static final double GAIN_SPREAD = 0.1;
    // Likeness of query and key spreads by the square of these: few of many rows count, as in trained networks.
    private static final double SHARP = 1.25;
    private static final double SHARPER = 1.6;

    private static final float[] NORMAL = normalQuantiles();

    private final long seed;
    private final float[] queryPositions;
    private final float[] keyPositions;

    RandomWeights(OneAlignConfig config, long seed) {
        this.seed = seed;
        int width = config.vision().width();
        this.queryPositions = PositionTables.queries(config.abstractor().queries(), width);
        this.keyPositions = PositionTables.keys(config.vision().grid(), width);
    }

    /**
     * @param first a multiple of {@link #BLOCK}
     * @param count at most {@link #BLOCK}
     * @param target receives the elements from index 0 on
     */
    void fill(TensorInfo tensor, long first, int count, float[] target) {
        String name = tensor.name();
        if (name.endsWith(".q_pos_embed")) {
            System.arraycopy(queryPositions, (int) first, target, 0, count);
        } else if (name.endsWith(".k_pos_embed")) {
            System.arraycopy(keyPositions, (int) first, target, 0, count);
        } else {
            boolean gain = GAIN.matcher(name).matches();
            normal(name, first / BLOCK, count, gain ? 1 : 0, (float) (gain ? GAIN_SPREAD : spread(tensor)), target);
        }
    }

    private double spread(TensorInfo tensor) {
        String name = tensor.name();
        if (name.endsWith("embed_tokens.weight")) {
            return 1; // as large as the rows of a picture: nothing drowns what came in
        }
        if (!name.endsWith(".weight") || name.contains("embed")) {
            return SMALL;
        }
        double spread =
                1 / Math.sqrt((double) tensor.elements() / tensor.shape().get(0));
        if (RESIDUAL.matcher(name).matches()) {
            return spread / Math.sqrt(2.0 * layers(name)); // so that the sum over all layers has the size of one
        }
        if (QUERY_KEY.matcher(name).matches()) {
            return spread * (name.contains("crossattention") ? SHARPER : SHARP);
        }
        return spread;
    }

    /** Layers of the whole network, also in a slice of it: a slice's layers are layers of the whole one. */
    private static int layers(String name) {
        if (name.startsWith("model.vision_model.")) {
            return OneAlignConfig.ONE_ALIGN.vision().layers();
        }
        return name.startsWith("model.visual_abstractor.")
                ? OneAlignConfig.ONE_ALIGN.abstractor().layers()
                : OneAlignConfig.ONE_ALIGN.language().layers();
    }

    private void normal(String name, long block, int count, float centre, float spread, float[] target) {
        long state = mix(mix(seed ^ hash(name)) + block);
        for (int i = 0; i < count; i += 4) {
            state += 0x9e3779b97f4a7c15L;
            long bits = mix(state);
            for (int j = i; j < Math.min(i + 4, count); j++, bits >>>= 16) {
                target[j] = centre + spread * NORMAL[(int) bits & (QUANTILES - 1)];
            }
        }
    }

    /** The finaliser of SplitMix64. */
    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    private static long hash(String name) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }

    /** Normal numbers of equal probability: drawing one of so many takes a table, where a formula would take a logarithm. */
    private static float[] normalQuantiles() {
        float[] table = new float[QUANTILES];
        // The integral of the density, followed from the middle outwards by the midpoint rule in small steps of the
        // quantile.
        double z = 0;
        double step = 1.0 / QUANTILES;
        z += step / 2 / density(0);
        for (int i = QUANTILES / 2; i < QUANTILES; i++) {
            table[i] = (float) z;
            table[QUANTILES - 1 - i] = (float) -z;
            double half = z + step / 2 / density(z);
            z += step / density(Math.min(half, 4.5));
        }
        return table;
    }

    private static double density(double z) {
        return StrictMath.exp(-z * z / 2) / StrictMath.sqrt(2 * StrictMath.PI);
    }
}
