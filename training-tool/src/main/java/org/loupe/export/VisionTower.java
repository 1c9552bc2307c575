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
     * @return {@code float32[frame, token, width]}, the class token first
     */
    String features(String pixels, OneAlignConfig.Input input) {
        String x = embed(normalise(pixels, input));
        for (int i = 0; i < config.layers(); i++) {
            x = encoderLayer(ROOT + ".encoder.layers." + i, x);
        }
        return layers.layerNorm(ROOT + ".post_layernorm", x, config.layerNormEps());
    }

    /** The 256 values a colour can have, looked up: no arithmetic of any device can differ from the reference in the last digit. */
    private String normalise(String pixels, OneAlignConfig.Input input) {
        String path = "/normalise";
        String table = graph.floats(path + "/table", new long[] {(long) COLOURS * CHANNELS}, table(input));
        String colour = graph.node(path + "/Cast", "Cast", List.of(pixels), Attribute.of("to", DataType.INT32.code()));
        String row = graph.node(path + "/Mul", "Mul", List.of(colour, int32(path + "/channels", CHANNELS)));
        String place = graph.node(path + "/Add", "Add", List.of(row, int32(path + "/channel", 0, 1, 2)));
        return layers.gather(path, table, place);
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
        String weight = graph.weight(
                Layers.path(weightName),
                new long[] {side * side * CHANNELS, config.width()},
                DataType.FLOAT,
                layers.weights().patches(weightName));
        String embedded = graph.node(path + "/patch_embed/MatMul", "MatMul", List.of(patches, weight));
        String classToken = layers.forEach(
                path + "/cls_token_of_each",
                layers.tensor(module + ".cls_token", 1, 1, config.width()),
                new long[] {1, config.width()},
                pixels);
        String tokens = layers.concat(path + "/Concat", 1, classToken, embedded);
        String placed = layers.add(
                path + "/Add",
                tokens,
                layers.tensor(module + ".position_embedding", 1, config.tokens(), config.width()));
        return layers.layerNorm(module + ".pre_layernorm", placed, config.layerNormEps());
    }

    private String encoderLayer(String module, String x) {
        String path = Layers.path(module);
        String seen = layers.add(
                path + "/Add",
                x,
                selfAttention(
                        module + ".self_attn",
                        layers.layerNorm(module + ".input_layernorm", x, config.layerNormEps())));
        String normed = layers.layerNorm(module + ".post_attention_layernorm", seen, config.layerNormEps());
        String inner = layers.quickGelu(path + "/mlp/quick_gelu", layers.linear(module + ".mlp.fc1", normed));
        return layers.add(path + "/Add_1", seen, layers.linear(module + ".mlp.fc2", inner));
    }

    /** Query, key and value of one head lie together in the projection's output, not all queries before all keys. */
    private String selfAttention(String module, String x) {
        String path = Layers.path(module);
        int width = config.headWidth();
        String joined = layers.linear(module + ".query_key_value", x);
        String heads = layers.splitHeads(path + "/heads", joined, config.heads(), 3 * width);
        List<String> parts = graph.nodes(
                path + "/Split", "Split", List.of(heads), 3, Attribute.of("axis", -1), Attribute.of("num_outputs", 3));
        String context = layers.attention(
                path + "/attention", parts.get(0), parts.get(1), parts.get(2), "", config.heads(), width);
        return layers.linear(module + ".dense", context);
    }
}
