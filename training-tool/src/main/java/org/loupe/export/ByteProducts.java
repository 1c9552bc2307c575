package org.loupe.export;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Products of 8-bit numbers: a weight has one scale an output column, found at import, a row of activations one of its own, found when it is
 * read. Sums of such products are whole numbers and exact, so a row of the result depends on its own row and nothing else, in whatever batch
 * it comes. Rows are quantised once for all products that read them.
 */
final class ByteProducts implements Products {
    // Steps to each side of zero, which is 128 in unsigned bytes.
    private static final float STEPS = 127;
    private static final byte ZERO = (byte) 128;
    // Below any magnitude that matters: a row of zeros gets a scale that can be divided by.
    private static final float TINY = 1e-30f;

    private final GraphBuilder graph;
    private final Map<String, Operand> quantised = new HashMap<>();
    private String zero = "";
    private String weightZero = "";
    private String one = "";
    private String last = "";
    private String tiny = "";
    private String step = "";
    private String column = "";

    ByteProducts(GraphBuilder graph) {
        this.graph = graph;
    }

    @Override
    public Operand operand(String rows) {
        return quantised.computeIfAbsent(rows, this::quantise);
    }

    /** Largest magnitude over 127 is the row's scale; rows divided by it are rounded to 1..255. */
    private Operand quantise(String rows) {
        declareConstants();
        String path = rows + "/quantised";
        String most = graph.node(path + "/ReduceMax", "ReduceMax", List.of(rows, last), Attribute.of("keepdims", 0));
        String least = graph.node(path + "/ReduceMin", "ReduceMin", List.of(rows, last), Attribute.of("keepdims", 0));
        String opposite = graph.node(path + "/Neg", "Neg", List.of(least));
        String magnitude = graph.node(path + "/Max", "Max", List.of(most, opposite, tiny));
        String scale = graph.node(path + "/Mul", "Mul", List.of(magnitude, step));
        String zeros = graph.node(
                path + "/Expand", "Expand", List.of(zero, graph.node(path + "/Shape", "Shape", List.of(scale))));
        String value = graph.node(
                path + "/QuantizeLinear", "QuantizeLinear", List.of(rows, scale, zeros), Attribute.of("axis", 0));
        return new Operand(
                value,
                graph.node(path + "/Unsqueeze", "Unsqueeze", List.of(scale, column)),
                Operand.plain(rows).exact());
    }

    private void declareConstants() {
        if (zero.isEmpty()) {
            zero = graph.constant("/quantised/zero", DataType.UINT8, new long[0], new byte[] {ZERO});
            // said although it is the default: the runtime's own rewriting for older processors looks for it
            weightZero = graph.constant("/quantised/weight_zero", DataType.INT8, new long[0], new byte[1]);
            one = graph.scalar("/quantised/one", 1f);
            last = graph.vector("/quantised/last", -1);
            tiny = graph.scalar("/quantised/tiny", TINY);
            step = graph.scalar("/quantised/step", 1 / STEPS);
            column = graph.vector("/quantised/column", 1);
        }
    }

    @Override
    public Operand joined(String path, Operand first, Operand second, String batch, long features) {
        return new Operand(
                FloatProducts.join(graph, path, first.value(), second.value(), batch, features),
                FloatProducts.join(graph, path + "/scale", first.scale(), second.scale(), batch, 1),
                new Operand.Exact(
                        List.of(
                                first.exact().parts().get(0),
                                second.exact().parts().get(0)),
                        batch));
    }

    @Override
    public Scaled multiply(String path, Matrix matrix, Operand x) {
        Quantised.Source source = Quantised.bytes(matrix);
        String weight =
                graph.weight(path + "/weight", new long[] {matrix.in(), matrix.out()}, DataType.INT8, source.values());
        String scales =
                graph.weight(path + "/weight_scale", new long[] {matrix.out()}, DataType.FLOAT, source.scales());
        String product = graph.node(
                path + "/MatMulIntegerToFloat",
                "com.microsoft.MatMulIntegerToFloat",
                List.of(x.value(), weight, one, scales, zero, weightZero));
        return new Scaled(product, x.scale());
    }
}
