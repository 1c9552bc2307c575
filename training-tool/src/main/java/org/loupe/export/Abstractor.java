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
     * @param rows {@code [frame, queries + 1, language width]}: the queries' rows and the end row
     * @param embedding {@code [frame, language width]}: mean of the queries' rows, L2-normalised
     */
    record Output(String rows, String embedding) {}

    /**
     * @param features {@code [frame * token, width]} from the vision tower
     * @param frames any value whose first dimension counts frames
     */
    Output abstracted(String features, String frames) {
        int queries = config.abstractor().queries();
        String path = Layers.path(ROOT);
        String learned = layers.forEach(
                path + "/query_embeds_of_each",
                layers.tensor(ROOT + ".query_embeds", 1, queries, width),
                new long[] {queries, width},
                frames);
        String h = layers.layerNorm(layer(0) + ".norm1", layers.rows(path + "/query_rows", learned, width), NORM_EPS);
        int last = config.abstractor().layers() - 1;
        for (int i = 0; i < last; i++) {
            Pending pending = layer(layer(i), h, features);
            h = layers.layerNorm(
                            layer(i + 1) + ".norm1", pending.product(), pending.residual(), pending.bias(), NORM_EPS)
                    .normed();
        }
        Pending pending = layer(layer(last), h, features);
        String end = layers.add(path + "/end/Add", pending.product(), pending.bias());
        String rows = layers.sequences(
                path + "/visual_fc",
                layers.linear(ROOT + ".visual_fc", layers.add(path + "/end/Add_1", pending.residual(), end)),
                queries,
                config.language().width());
        long languageWidth = config.language().width();
        String eos = layers.forEach(
                path + "/vit_eos_of_each",
                layers.tensor(ROOT + ".vit_eos", 1, 1, languageWidth),
                new long[] {1, languageWidth},
                frames);
        return new Output(layers.concat(path + "/Concat", 1, rows, eos), embedding("/frame_embedding", rows));
    }

    private static String layer(int index) {
        return ROOT + ".encoder.layers." + index + ".crossattention";
    }

    /** A layer's end: {@code residual + product + bias}, left to the norm that follows. */
    private record Pending(String residual, String product, String bias) {}

    /** The normalised queries replace the queries: what is learnt here is added to them, not to what came in. */
    private Pending layer(String module, String normed, String features) {
        String keysIn = layers.layerNorm(module + ".normk", features, NORM_EPS);
        String context = attention(module + ".attention", normed, keysIn);
        Layers.Normed middle = layers.layerNorm(
                module + ".output.norm2",
                layers.product(module + ".output.out_proj", context),
                normed,
                layers.bias(module + ".output.out_proj"),
                NORM_EPS);
        return new Pending(
                middle.sum(), mlp(module + ".output.mlp", middle.normed()), layers.bias(module + ".output.mlp.w2"));
    }

    /** Queries look at themselves and at all patches; positions are added to queries and keys, never to values. */
    private String attention(String module, String normed, String keysIn) {
        String path = Layers.path(module);
        long queries = config.abstractor().queries();
        long tokens = config.vision().tokens();
        String own = layers.sequences(path + "/own", normed, queries, width);
        String all =
                layers.concat(path + "/Concat", 1, own, layers.sequences(path + "/patches", keysIn, tokens, width));
        String queryIn =
                layers.add(path + "/Add", own, layers.tables(path + "/query/positions", module + ".q_pos_embed"));
        String keyIn = layers.add(
                path + "/Add_1",
                all,
                layers.tables(path + "/key/positions", module + ".q_pos_embed", module + ".k_pos_embed"));
        String context = layers.attention(
                path + "/attention",
                projected(module + ".query", queryIn, queries),
                projected(module + ".key", keyIn, queries + tokens),
                projected(module + ".value", all, queries + tokens),
                layers.joinedVectors(
                        path + "/bias", module + ".query.bias", module + ".key.bias", module + ".value.bias"),
                "",
                config.abstractor().heads());
        return layers.rows(path + "/attention", context, width);
    }

    private String projected(String module, String sequences, long tokens) {
        String path = Layers.path(module);
        return layers.sequences(
                path, layers.product(module, layers.rows(path + "/in", sequences, width)), tokens, width);
    }

    /** Without the last bias, which the norm that follows adds. */
    private String mlp(String module, String x) {
        String path = Layers.path(module);
        String gate = layers.silu(path + "/silu", layers.linear(module + ".w1", x));
        String gated = layers.multiply(path + "/Mul", gate, layers.linear(module + ".w3", x));
        String normed =
                layers.layerNorm(module + ".ffn_ln", gated, config.abstractor().ffnNormEps());
        return layers.product(module + ".w2", normed);
    }

    private String embedding(String path, String rows) {
        String exact = layers.type() == DataType.FLOAT
                ? rows
                : graph.node(path + "/Cast", "Cast", List.of(rows), Attribute.of("to", DataType.FLOAT.code()));
        String mean = graph.node(
                path + "/ReduceMean",
                "ReduceMean",
                List.of(exact, graph.vector(path + "/queries", 1)),
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
