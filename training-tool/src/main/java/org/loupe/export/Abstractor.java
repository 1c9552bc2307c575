package org.loupe.export;

import java.util.List;
import org.loupe.checkpoint.OneAlignConfig;

/** Patch features to the few rows by which the language model sees a frame. */
final class Abstractor {
    private static final String ROOT = "model.visual_abstractor";
    // The reference builds these norms with its library's default; the configuration names only the MLP's own.
    private static final float NORM_EPS = 1e-5f;
    // Below any length a picture's features have: a row of zeros stays a row of zeros.
    private static final float SMALLEST_LENGTH = 1e-12f;

    private final Layers layers;
    private final GraphBuilder graph;
    private final OneAlignConfig config;
    private final int width;

    Abstractor(Layers layers, OneAlignConfig config) {
        this.layers = layers;
        this.graph = layers.graph();
        this.config = config;
        this.width = config.vision().width();
    }

    /**
     * @param rows {@code float32[frame, queries + 1, language width]}: the queries' rows and the end row
     * @param embedding {@code float32[frame, language width]}: mean of the queries' rows, L2-normalised
     */
    record Output(String rows, String embedding) {}

    /** @param features {@code float32[frame, token, width]} from the vision tower */
    Output abstracted(String features) {
        int queries = config.abstractor().queries();
        String path = Layers.path(ROOT);
        String h = layers.forEach(
                path + "/query_embeds_of_each",
                layers.tensor(ROOT + ".query_embeds", 1, queries, width),
                new long[] {queries, width},
                features);
        for (int i = 0; i < config.abstractor().layers(); i++) {
            h = layer(ROOT + ".encoder.layers." + i + ".crossattention", h, features);
        }
        String rows = layers.linear(ROOT + ".visual_fc", h);
        long languageWidth = config.language().width();
        String end = layers.forEach(
                path + "/vit_eos_of_each",
                layers.tensor(ROOT + ".vit_eos", 1, 1, languageWidth),
                new long[] {1, languageWidth},
                features);
        return new Output(layers.concat(path + "/Concat", 1, rows, end), embedding("/frame_embedding", rows));
    }

    /** The normalised queries replace the queries: what is learnt here is added to them, not to what came in. */
    private String layer(String module, String h, String features) {
        String path = Layers.path(module);
        String normed = layers.layerNorm(module + ".norm1", h, NORM_EPS);
        String keysIn = layers.layerNorm(module + ".normk", features, NORM_EPS);
        String context = attention(module + ".attention", normed, keysIn);
        String seen = layers.add(path + "/Add", normed, layers.linear(module + ".output.out_proj", context));
        String mlpIn = layers.layerNorm(module + ".output.norm2", seen, NORM_EPS);
        return layers.add(path + "/Add_1", seen, mlp(module + ".output.mlp", mlpIn));
    }

    /** Queries look at themselves and at all patches; positions are added to queries and keys, never to values. */
    private String attention(String module, String normed, String keysIn) {
        String path = Layers.path(module);
        int heads = config.abstractor().heads();
        int headWidth = width / heads;
        String queryPositions =
                layers.tensor(module + ".q_pos_embed", 1, config.abstractor().queries(), width);
        String keyPositions =
                layers.tensor(module + ".k_pos_embed", 1, config.vision().tokens(), width);
        String all = layers.concat(path + "/Concat", 1, normed, keysIn);
        String positions = layers.concat(path + "/positions/Concat", 1, queryPositions, keyPositions);
        String query = layers.linear(module + ".query", layers.add(path + "/Add", normed, queryPositions));
        String key = layers.linear(module + ".key", layers.add(path + "/Add_1", all, positions));
        String value = layers.linear(module + ".value", all);
        return layers.attention(
                path + "/attention",
                layers.splitHeads(path + "/query/heads", query, heads, headWidth),
                layers.splitHeads(path + "/key/heads", key, heads, headWidth),
                layers.splitHeads(path + "/value/heads", value, heads, headWidth),
                "",
                heads,
                headWidth);
    }

    private String mlp(String module, String x) {
        String path = Layers.path(module);
        String gate = layers.silu(path + "/silu", layers.linear(module + ".w1", x));
        String gated = layers.multiply(path + "/Mul", gate, layers.linear(module + ".w3", x));
        String normed =
                layers.layerNorm(module + ".ffn_ln", gated, config.abstractor().ffnNormEps());
        return layers.linear(module + ".w2", normed);
    }

    private String embedding(String path, String rows) {
        String mean = graph.node(
                path + "/ReduceMean",
                "ReduceMean",
                List.of(rows, graph.vector(path + "/rows", 1)),
                Attribute.of("keepdims", 0));
        String squares = graph.node(
                path + "/ReduceSumSquare",
                "ReduceSumSquare",
                List.of(mean, graph.vector(path + "/features", -1)),
                Attribute.of("keepdims", 1));
        String length = graph.node(path + "/Sqrt", "Sqrt", List.of(squares));
        String bounded =
                graph.node(path + "/Max", "Max", List.of(length, graph.scalar(path + "/smallest", SMALLEST_LENGTH)));
        return graph.node(path + "/Div", "Div", List.of(mean, bounded));
    }
}
