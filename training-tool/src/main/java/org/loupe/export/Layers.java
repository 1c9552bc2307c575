package org.loupe.export;

import java.util.List;
import org.loupe.modelpackage.AdapterManifest;

/**
 * The layers all parts of the network are made of, as nodes named by the path of the checkpoint's module: {@code model.layers.0.mlp} becomes
 * {@code /model/layers.0/mlp}. Values are {@code float32[batch, token, feature]} unless a method says otherwise.
 */
final class Layers {
    private final GraphBuilder graph;
    private final CheckpointWeights weights;
    private final AdapterTargets targets;

    /** @param targets the products that take a low-rank term of an adapter */
    Layers(GraphBuilder graph, CheckpointWeights weights, AdapterTargets targets) {
        this.graph = graph;
        this.weights = weights;
        this.targets = targets;
    }

    GraphBuilder graph() {
        return graph;
    }

    CheckpointWeights weights() {
        return weights;
    }

    /** @return the path of a module: dots become slashes, except before a number */
    static String path(String module) {
        return "/" + module.replaceAll("\\.(?!\\d)", "/");
    }

    /** A tensor of the checkpoint, unchanged but for its shape. */
    String tensor(String name, long... dims) {
        return graph.weight(path(name), dims, DataType.FLOAT, weights.asStored(name));
    }

    /** {@code x W^T}, W stored {@code [out, in]}. The one place where large matrices are multiplied: a precision changes this. */
    String product(String module, String x) {
        String name = module + ".weight";
        long[] shape = weights.shape(name);
        String weight =
                graph.weight(path(name), new long[] {shape[1], shape[0]}, DataType.FLOAT, weights.transposed(name));
        String y = graph.node(path(module) + "/MatMul", "MatMul", List.of(x, weight));
        return targets.lowRank(module) ? adapted(module, x, y, shape[1], shape[0]) : y;
    }

    /** {@code y + x A B}. Without an adapter A and B have no columns and no rows, and their product is zero. */
    private String adapted(String module, String x, String y, long in, long out) {
        String path = path(module) + "/lora";
        String rank = path + "/rank";
        String a = graph.emptyInput(AdapterManifest.Module.inputA(module), DataType.FLOAT, in, rank);
        String b = graph.emptyInput(AdapterManifest.Module.inputB(module), DataType.FLOAT, rank, out);
        String narrow = graph.node(path + "/MatMul", "MatMul", List.of(x, a));
        return add(path + "/Add", y, graph.node(path + "/MatMul_1", "MatMul", List.of(narrow, b)));
    }

    /** {@code x W^T + b}. */
    String linear(String module, String x) {
        String bias = tensor(module + ".bias", weights.shape(module + ".bias"));
        return add(path(module) + "/Add", product(module, x), bias);
    }

    /** Mean and variance over the features. */
    String layerNorm(String module, String x, float eps) {
        String scale = tensor(module + ".weight", weights.shape(module + ".weight"));
        String bias = tensor(module + ".bias", weights.shape(module + ".bias"));
        return graph.node(
                path(module) + "/LayerNormalization",
                "LayerNormalization",
                List.of(x, scale, bias),
                Attribute.of("axis", -1),
                Attribute.of("epsilon", eps));
    }

    /** Root mean square over the features. */
    String rmsNorm(String module, String x, float eps) {
        String scale = tensor(module + ".weight", weights.shape(module + ".weight"));
        return graph.node(
                path(module) + "/SimplifiedLayerNormalization",
                "SimplifiedLayerNormalization",
                List.of(x, scale),
                Attribute.of("axis", -1),
                Attribute.of("epsilon", eps));
    }

    /** {@code x * sigmoid(x)}. */
    String silu(String path, String x) {
        return multiply(path + "/Mul", x, graph.node(path + "/Sigmoid", "Sigmoid", List.of(x)));
    }

    /** {@code x * sigmoid(1.702 x)}. */
    String quickGelu(String path, String x) {
        String steep = multiply(path + "/Mul", x, graph.scalar(path + "/steepness", 1.702f));
        return multiply(path + "/Mul_1", x, graph.node(path + "/Sigmoid", "Sigmoid", List.of(steep)));
    }

    /** {@code [batch, token, heads * width]} to {@code [batch, head, token, width]}. */
    String splitHeads(String path, String x, int heads, int width) {
        String apart =
                graph.node(path + "/Reshape", "Reshape", List.of(x, graph.vector(path + "/shape", 0, 0, heads, width)));
        return graph.node(path + "/Transpose", "Transpose", List.of(apart), Attribute.longs("perm", 0, 2, 1, 3));
    }

    /**
     * {@code softmax(q k^T / sqrt(width) + mask) v}.
     *
     * @param q {@code [batch, head, query, width]}
     * @param k {@code [batch, head, key, width]}
     * @param v {@code [batch, head, key, width]}
     * @param mask broadcast to {@code [batch, head, query, key]}: 0 where a query may look, very low elsewhere; empty to look everywhere
     * @return {@code [batch, query, head * width]}
     */
    String attention(String path, String q, String k, String v, String mask, int heads, int width) {
        String scale = graph.scalar(path + "/scale", (float) (1 / Math.sqrt(width)));
        String scaled = multiply(path + "/Mul", q, scale);
        String across = graph.node(path + "/Transpose", "Transpose", List.of(k), Attribute.longs("perm", 0, 1, 3, 2));
        String likeness = graph.node(path + "/MatMul", "MatMul", List.of(scaled, across));
        String masked = mask.isEmpty() ? likeness : add(path + "/Add", likeness, mask);
        String share = graph.node(path + "/Softmax", "Softmax", List.of(masked), Attribute.of("axis", -1));
        String context = graph.node(path + "/MatMul_1", "MatMul", List.of(share, v));
        String together =
                graph.node(path + "/Transpose_1", "Transpose", List.of(context), Attribute.longs("perm", 0, 2, 1, 3));
        return graph.node(
                path + "/Reshape",
                "Reshape",
                List.of(together, graph.vector(path + "/shape", 0, 0, (long) heads * width)));
    }

    /** Turns pairs of features (half-split form) by the angles of their positions. */
    String rotate(String path, String x, Rotary rotary) {
        List<String> halves = graph.nodes(
                path + "/Split", "Split", List.of(x), 2, Attribute.of("axis", -1), Attribute.of("num_outputs", 2));
        String low = halves.get(0);
        String high = halves.get(1);
        String newLow = graph.node(
                path + "/Sub",
                "Sub",
                List.of(multiply(path + "/Mul", low, rotary.cos()), multiply(path + "/Mul_1", high, rotary.sin())));
        String newHigh = add(
                path + "/Add",
                multiply(path + "/Mul_2", high, rotary.cos()),
                multiply(path + "/Mul_3", low, rotary.sin()));
        return concat(path + "/Concat", -1, newLow, newHigh);
    }

    /**
     * Cosines and sines to turn queries or keys by.
     *
     * @param cos broadcast to {@code [batch, head, token, width / 2]}
     * @param sin likewise
     */
    record Rotary(String cos, String sin) {}

    /** Rows of a table that stands for all prompts: {@code table[prompt of the row, ...]}. */
    String gather(String path, String table, String indices) {
        return graph.node(path + "/Gather", "Gather", List.of(table, indices), Attribute.of("axis", 0));
    }

    /** @param to exclusive; {@link Long#MAX_VALUE} for the end; negative numbers count from the end */
    String slice(String path, String x, int axis, long from, long to) {
        return graph.node(
                path + "/Slice",
                "Slice",
                List.of(
                        x,
                        graph.vector(path + "/from", from),
                        graph.vector(path + "/to", to),
                        graph.vector(path + "/axis", axis)));
    }

    String add(String path, String a, String b) {
        return graph.node(path, "Add", List.of(a, b));
    }

    String multiply(String path, String a, String b) {
        return graph.node(path, "Mul", List.of(a, b));
    }

    String concat(String path, int axis, String... parts) {
        return graph.node(path, "Concat", List.of(parts), Attribute.of("axis", axis));
    }

    /** Repeats a value {@code [1, ...]} for every entry of the first dimension of another. */
    String forEach(String path, String value, long[] rest, String other) {
        String count =
                graph.node(path + "/Shape", "Shape", List.of(other), Attribute.of("start", 0), Attribute.of("end", 1));
        String shape = concat(path + "/Concat", 0, count, graph.vector(path + "/rest", rest));
        return graph.node(path + "/Expand", "Expand", List.of(value, shape));
    }
}
