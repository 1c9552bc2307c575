package org.loupe.export;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.loupe.checkpoint.OneAlignConfig;

/** Frames to patch features: normalisation, patches, encoder. */
final class VisionTower {
    private static final String ROOT = "model.vision_model";
    private static final int CHANNELS = 3;
    private static final int COLOURS = 256;

    private final Layers layers;
    private final GraphBuilder graph;
    private final OneAlignConfig.Vision config;

    VisionTower(Layers layers, OneAlignConfig.Vision config) {
        this.layers = layers;
        this.graph = layers.graph();
        this.config = config;
    }

    /**
     * @param pixels {@code uint8[frame, side, side, 3]}
     * @return {@code [frame * token, width]}, the class token of a frame first
     */
    String features(String pixels, OneAlignConfig.Input input) {
        String residual = embed(normalise(pixels, input));
        String normed = layers.layerNorm(module(0) + ".input_layernorm", residual, config.layerNormEps());
        for (int i = 0; i < config.layers(); i++) {
            String module = module(i);
            Layers.Normed middle = layers.layerNorm(
                    module + ".post_attention_layernorm",
                    selfAttention(module + ".self_attn", normed),
                    residual,
                    layers.bias(module + ".self_attn.dense"),
                    config.layerNormEps());
            Layers.Normed end = layers.layerNorm(
                    i + 1 < config.layers() ? module(i + 1) + ".input_layernorm" : ROOT + ".post_layernorm",
                    mlp(module + ".mlp", middle.normed()),
                    middle.sum(),
                    layers.bias(module + ".mlp.fc2"),
                    config.layerNormEps());
            residual = end.sum();
            normed = end.normed();
        }
        return normed;
    }

    private static String module(int layer) {
        return ROOT + ".encoder.layers." + layer;
    }

    /** The 256 values a colour can have, looked up: no arithmetic of any device can differ from the reference in the last digit. */
    private String normalise(String pixels, OneAlignConfig.Input input) {
        String path = "/normalise";
        String table = graph.floats(path + "/table", new long[] {(long) COLOURS * CHANNELS}, table(input));
        String colour = graph.node(path + "/Cast", "Cast", List.of(pixels), Attribute.of("to", DataType.INT32.code()));
        String row = graph.node(path + "/Mul", "Mul", List.of(colour, int32(path + "/channels", CHANNELS)));
        String place = graph.node(path + "/Add", "Add", List.of(row, int32(path + "/channel", 0, 1, 2)));
        String values = layers.gather(path, table, place);
        return layers.type() == DataType.FLOAT
                ? values
                : graph.node(
                        path + "/narrow/Cast",
                        "Cast",
                        List.of(values),
                        Attribute.of("to", layers.type().code()));
    }

    private String int32(String path, int... elements) {
        ByteBuffer raw = ByteBuffer.allocate(elements.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        raw.asIntBuffer().put(elements);
        return graph.constant(path, DataType.INT32, new long[] {elements.length}, raw.array());
    }

    /** {@code float32[256, 3]}: the product with 1/255 is taken in double and rounded once, the rest in float. */
    static float[] table(OneAlignConfig.Input input) {
        float[] table = new float[COLOURS * CHANNELS];
        for (int colour = 0; colour < COLOURS; colour++) {
            for (int c = 0; c < CHANNELS; c++) {
                float mean = input.mean().get(c).floatValue();
                float std = input.std().get(c).floatValue();
                table[colour * CHANNELS + c] = ((float) (colour * (1.0 / 255)) - mean) / std;
            }
        }
        return table;
    }

    /** Patches row by row, each one row of {@code (y, x, channel)} numbers, which is how the weight is laid out. */
    private String embed(String pixels) {
        String module = ROOT + ".embeddings";
        String path = Layers.path(module);
        long grid = config.grid();
        long side = config.patchSide();
        String covered = pixels;
        if (grid * side != config.imageSide()) {
            String rows = layers.slice(path + "/rows", pixels, 1, 0, grid * side);
            covered = layers.slice(path + "/columns", rows, 2, 0, grid * side);
        }
        String tiles = graph.node(
                path + "/Reshape",
                "Reshape",
                List.of(covered, graph.vector(path + "/tiles", 0, grid, side, grid, side * CHANNELS)));
        String turned =
                graph.node(path + "/Transpose", "Transpose", List.of(tiles), Attribute.longs("perm", 0, 1, 3, 2, 4));
        String patches = graph.node(
                path + "/Reshape_1",
                "Reshape",
                List.of(turned, graph.vector(path + "/patches", 0, grid * grid, side * side * CHANNELS)));
        String weightName = module + ".patch_embed.weight";
        String weight = layers.weight(
                Layers.path(weightName),
                new long[] {side * side * CHANNELS, config.width()},
                layers.weights().patches(weightName));
        String embedded = graph.node(path + "/patch_embed/MatMul", "MatMul", List.of(patches, weight));
        String classToken = layers.forEach(
                path + "/cls_token_of_each",
                layers.tensor(module + ".cls_token", 1, 1, config.width()),
                new long[] {1, config.width()},
                pixels);
        String tokens = layers.concat(path + "/Concat", 1, classToken, embedded);
        Layers.Normed placed = layers.layerNorm(
                module + ".pre_layernorm",
                tokens,
                layers.tensor(module + ".position_embedding", 1, config.tokens(), config.width()),
                "",
                config.layerNormEps());
        return layers.rows(path + "/rows", placed.normed(), config.width());
    }

    /** Without the last bias, which the norm that follows adds. */
    private String mlp(String module, String x) {
        String path = Layers.path(module);
        String inner = layers.quickGelu(path + "/quick_gelu", layers.linear(module + ".fc1", x));
        return layers.product(module + ".fc2", inner);
    }

    /**
     * Without the last bias, which the norm that follows adds. Query, key and value of one head lie together in the stored projection, not
     * all queries before all keys: it is taken apart into three here.
     */
    private String selfAttention(String module, String x) {
        String path = Layers.path(module);
        String stored = module + ".query_key_value";
        String context = layers.attention(
                path + "/attention",
                part(path + "/query", stored, 0, x),
                part(path + "/key", stored, 1, x),
                part(path + "/value", stored, 2, x),
                biases(path, stored + ".bias"),
                "",
                config.heads());
        return layers.product(module + ".dense", layers.rows(path + "/attention", context, config.width()));
    }

    /** {@code [frame, token, width]}: all queries, keys or values. */
    private String part(String path, String stored, int which, String x) {
        String rows = layers.productOfRows(path, stored, config.width(), o -> storedRow(o, which), x);
        return layers.sequences(path, rows, config.tokens(), config.width());
    }

    private int storedRow(int feature, int which) {
        int width = config.headWidth();
        return feature / width * 3 * width + which * width + feature % width;
    }

    private String biases(String path, String stored) {
        return layers.weight(path + "/bias", new long[] {3L * config.width()}, channel -> {
            float[] together = layers.weights().all(stored);
            float[] apart = new float[together.length];
            for (int which = 0; which < 3; which++) {
                for (int feature = 0; feature < config.width(); feature++) {
                    apart[which * config.width() + feature] = together[storedRow(feature, which)];
                }
            }
            CheckpointWeights.write(channel, apart, apart.length);
        });
    }
}
