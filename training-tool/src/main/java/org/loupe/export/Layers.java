package org.loupe.export;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import org.loupe.modelpackage.AdapterManifest;

/**
 * The layers all parts of the network are made of, as nodes named by the path of the checkpoint's module: {@code model.layers.0.mlp} becomes
 * {@code /model/layers.0/mlp}. Values are rows {@code [row, feature]} of the precision's activation type unless a method says otherwise; a
 * batch of sequences is its rows one sequence after the other.
 */
final class Layers {
    private final GraphBuilder graph;
    private final CheckpointWeights weights;
    private final AdapterTargets targets;
    private final SmoothingPlan smoothing;
    private final DataType type;
    private final Products products;
    private final Map<Integer, String> noSkips;
    private final Map<Precision, Products> known;

    /**
     * @param targets the products that take a low-rank term of an adapter
     * @param smoothing {@link SmoothingPlan#NONE} for what is not quantised
     */
    Layers(
            GraphBuilder graph,
            CheckpointWeights weights,
            Precision precision,
            AdapterTargets targets,
            SmoothingPlan smoothing) {
        this.graph = graph;
        this.weights = weights;
        this.targets = targets;
        this.smoothing = smoothing;
        this.type = precision.activations();
        this.noSkips = new HashMap<>();
        this.known = new EnumMap<>(Precision.class);
        this.products = products(precision);
    }

    private Layers(Layers other, Precision precision) {
        this.graph = other.graph;
        this.weights = other.weights;
        this.targets = other.targets;
        this.smoothing = other.smoothing;
        this.type = precision.activations();
        this.noSkips = other.noSkips;
        this.known = other.known;
        this.products = products(precision);
    }

    /** @return layers of the same graph whose large matrices are kept in another precision */
    Layers in(Precision precision) {
        return new Layers(this, precision);
    }

    private Products products(Precision precision) {
        return known.computeIfAbsent(precision, p -> switch (p) {
            case FP32, FP16 -> new FloatProducts(graph, p.activations());
            case INT8 -> new ByteProducts(graph);
            case INT4 -> new NibbleProducts(graph);
        });
    }

    GraphBuilder graph() {
        return graph;
    }

    CheckpointWeights weights() {
        return weights;
    }

    /** @return the type of values between products */
    DataType type() {
        return type;
    }

    /** @return the path of a module: dots become slashes, except before a number */
    static String path(String module) {
        return "/" + module.replaceAll("\\.(?!\\d)", "/");
    }

    /** A weight of the activation type. */
    String weight(String path, long[] dims, WeightSource floats) {
        return type == DataType.FLOAT16 ? graph.halves(path, dims, floats) : graph.weight(path, dims, type, floats);
    }

    /** A tensor of the checkpoint, unchanged but for its shape. */
    String tensor(String name, long... dims) {
        return weight(path(name), dims, weights.asStored(name));
    }

    /** A vector of the checkpoint, divided by what smoothing moves from it into the matrices that follow. */
    private String vector(String name) {
        long[] shape = weights.shape(name);
        float[] divisors = smoothing.divisors(name);
        return weight(
                path(name), shape, divisors.length == 0 ? weights.asStored(name) : weights.divided(name, divisors));
    }

    /** Stored tables of rows, one after the other, {@code [1, row, feature]}. */
    String tables(String path, String... names) {
        long rows =
                Arrays.stream(names).mapToLong(name -> weights.shape(name)[0]).sum();
        return weight(path, new long[] {1, rows, weights.shape(names[0])[1]}, channel -> {
            for (String name : names) {
                weights.asStored(name).writeTo(channel);
            }
        });
    }

    /** A constant of the activation type. */
    String constant(String path, long[] dims, float... elements) {
        return type == DataType.FLOAT ? graph.floats(path, dims, elements) : graph.halves(path, dims, elements);
    }

    /** {@code x W^T}, W stored {@code [out, in]}. The one place where large matrices are multiplied: a precision changes this. */
    String product(String module, String x) {
        return product(module, products.operand(x));
    }

    /** As {@link #product(String, String)} for rows that are ready to be multiplied. */
    String product(String module, Operand x) {
        return value(path(module), scaledProduct(module, x));
    }

    /** As {@link #product(String, Operand)}, with the scale of the rows left over for what comes next. */
    Scaled scaledProduct(String module, Operand x) {
        Scaled y = products.multiply(path(module), matrix(module), x);
        return targets.lowRank(module) ? Scaled.plain(adapted(module, x, value(path(module), y))) : y;
    }

    /** {@code y + x A B}. Without an adapter A and B have no columns and no rows, and their product is zero. */
    private String adapted(String module, Operand x, String y) {
        long[] shape = weights.shape(module + ".weight");
        String path = path(module) + "/lora";
        String rank = path + "/rank";
        String a = narrow(
                path + "/a", graph.emptyInput(AdapterManifest.Module.inputA(module), DataType.FLOAT, shape[1], rank));
        String b = narrow(
                path + "/b", graph.emptyInput(AdapterManifest.Module.inputB(module), DataType.FLOAT, rank, shape[0]));
        return add(
                path + "/Add",
                y,
                x.exact()
                        .each(
                                graph,
                                path,
                                shape[0],
                                (part, rows) -> graph.node(
                                        part + "/MatMul_1",
                                        "MatMul",
                                        List.of(graph.node(part + "/MatMul", "MatMul", List.of(rows, a)), b))));
    }

    /** A {@code float32} value as the activation type. */
    private String narrow(String path, String x) {
        return type == DataType.FLOAT
                ? x
                : graph.node(path + "/Cast", "Cast", List.of(x), Attribute.of("to", type.code()));
    }

    /** The product with some rows of a stored matrix, as a matrix of its own. */
    String productOfRows(String path, String module, int count, IntUnaryOperator row, String x) {
        String name = module + ".weight";
        Matrix matrix = new Matrix(weights, name, count, row, smoothing.factors(name), smoothing.divisors(name));
        return value(path, products.multiply(path, matrix, products.operand(x)));
    }

    private Matrix matrix(String module) {
        String name = module + ".weight";
        int out = Math.toIntExact(weights.shape(name)[0]);
        return new Matrix(weights, name, out, o -> o, smoothing.factors(name), smoothing.divisors(name));
    }

    /** The rows in the form in which products take them; several products of one value share the work. */
    Operand operand(String x) {
        return products.operand(x);
    }

    /** @see Products#joined */
    Operand joined(String path, Operand first, Operand second, String batch, long features) {
        return products.joined(path, first, second, batch, features);
    }

    /** The rows with their scale. */
    String value(String path, Scaled rows) {
        return rows.scaled() ? multiply(path + "/Mul", rows.value(), rows.scale()) : rows.value();
    }

    /** Rows times a scale a row. */
    Scaled times(String path, Scaled rows, String scale) {
        if (scale.isEmpty()) {
            return rows;
        }
        return new Scaled(rows.value(), rows.scaled() ? multiply(path + "/scale/Mul", rows.scale(), scale) : scale);
    }

    /** {@code x W^T + b}. */
    String linear(String module, String x) {
        return add(path(module) + "/Add", product(module, x), bias(module));
    }

    /** The bias of a module, for an operator that adds it itself. */
    String bias(String module) {
        return tensor(module + ".bias", weights.shape(module + ".bias"));
    }

    /**
     * @param normed the normalised rows
     * @param sum what was normalised
     */
    record Normed(String normed, String sum) {}

    /** Mean and variance over the features of {@code x + skip + bias}, all in one pass. */
    Normed layerNorm(String module, String x, String skip, String bias, float eps) {
        List<String> outputs = graph.outputsAt(
                path(module) + "/SkipLayerNormalization",
                "com.microsoft.SkipLayerNormalization",
                List.of(x, skip, vector(module + ".weight"), vector(module + ".bias"), bias),
                List.of(0, 3),
                Attribute.of("epsilon", eps));
        return new Normed(outputs.get(0), outputs.get(1));
    }

    /** Mean and variance over the features. */
    String layerNorm(String module, String x, float eps) {
        String path = path(module);
        int width = Math.toIntExact(weights.shape(module + ".weight")[0]);
        // The operator with a skip is several times as fast as the plain one; one row of zeros is skipped to by all.
        String zeros =
                noSkips.computeIfAbsent(width, w -> constant("/no_skip/" + w, new long[] {1, 1, w}, new float[w]));
        String each = graph.node(path + "/Reshape", "Reshape", List.of(x, graph.vector(path + "/row", -1, 1, width)));
        String normed = graph.node(
                path + "/SkipLayerNormalization",
                "com.microsoft.SkipLayerNormalization",
                List.of(each, zeros, vector(module + ".weight"), vector(module + ".bias")),
                Attribute.of("epsilon", eps));
        return rows(path + "/rows", normed, width);
    }

    /** Root mean square over the features. */
    String rmsNorm(String module, String x, float eps) {
        return graph.node(
                path(module) + "/SimplifiedLayerNormalization",
                "SimplifiedLayerNormalization",
                List.of(x, vector(module + ".weight")),
                Attribute.of("axis", -1),
                Attribute.of("epsilon", eps));
    }

    /** Root mean square over the features of {@code x + skip}, in one pass. */
    Normed rmsNorm(String module, String x, String skip, float eps) {
        List<String> outputs = graph.outputsAt(
                path(module) + "/SkipSimplifiedLayerNormalization",
                "com.microsoft.SkipSimplifiedLayerNormalization",
                List.of(x, skip, vector(module + ".weight")),
                List.of(0, 3),
                Attribute.of("epsilon", eps));
        return new Normed(outputs.get(0), outputs.get(1));
    }

    /** {@code x * sigmoid(x)}. */
    String silu(String path, String x) {
        return gated(path, x, 1f);
    }

    /** {@code x * sigmoid(1.702 x)}. */
    String quickGelu(String path, String x) {
        return gated(path, x, 1.702f);
    }

    private String gated(String path, String x, float steepness) {
        return graph.node(path + "/QuickGelu", "com.microsoft.QuickGelu", List.of(x), Attribute.of("alpha", steepness));
    }

    /**
     * {@code softmax(q k^T / sqrt(head width) + mask) v} of every head.
     *
     * @param q {@code [batch, query, heads * head width]}
     * @param k {@code [batch, key, heads * head width]}
     * @param v {@code [batch, key, heads * head width]}
     * @param bias added to q, k and v, one after the other; empty for nothing
     * @param mask {@code [batch, 1, query, key]}: 0 where a query may look, very low elsewhere; empty to look everywhere
     * @return {@code [batch, query, heads * head width]}
     */
    String attention(String path, String q, String k, String v, String bias, String mask, int heads) {
        List<String> inputs = new ArrayList<>(List.of(q, k, v));
        if (!bias.isEmpty() || !mask.isEmpty()) {
            inputs.add(bias);
        }
        if (!mask.isEmpty()) {
            inputs.addAll(List.of("", mask));
        }
        return graph.node(
                path + "/MultiHeadAttention",
                "com.microsoft.MultiHeadAttention",
                inputs,
                Attribute.of("num_heads", heads));
    }

    /**
     * Cosines and sines to turn queries or keys by, {@code [position, head width / 2]} each.
     *
     * @param positions {@code int64[1]}, the position of the first token of every sequence, or {@code int64[batch, token]}
     */
    record Rotary(String cos, String sin, String positions) {}

    /** Turns pairs of features (half-split form) of {@code [batch, token, heads * head width]} by the angles of their positions. */
    String rotate(String path, String x, Rotary rotary) {
        return graph.node(
                path + "/RotaryEmbedding",
                "com.microsoft.RotaryEmbedding",
                List.of(x, rotary.positions(), rotary.cos(), rotary.sin()));
    }

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

    /** Any value with features last as rows. */
    String rows(String path, String x, long features) {
        return graph.node(path + "/Reshape", "Reshape", List.of(x, graph.vector(path + "/rows", -1, features)));
    }

    /** Rows as sequences of a known length: {@code [batch, tokens, features]}. */
    String sequences(String path, String rows, long tokens, long features) {
        return graph.node(
                path + "/Reshape", "Reshape", List.of(rows, graph.vector(path + "/sequences", -1, tokens, features)));
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

    /** One after the other, as one vector. */
    String joinedVectors(String path, String... names) {
        long length =
                Arrays.stream(names).mapToLong(name -> weights.shape(name)[0]).sum();
        return weight(path, new long[] {length}, channel -> {
            for (String name : names) {
                weights.asStored(name).writeTo(channel);
            }
        });
    }
}
