package org.loupe.export;

import java.util.List;

/**
 * Products with 4-bit weights, one scale a block of 32 inputs. The kernel quantises activations to 8 bits itself, by blocks of a row
 * ({@code accuracy_level} 4).
 */
final class NibbleProducts implements Products {
    private static final int BITS = 4;
    private static final int EIGHT_BIT_ACTIVATIONS = 4;

    private final GraphBuilder graph;

    NibbleProducts(GraphBuilder graph) {
        this.graph = graph;
    }

    @Override
    public Operand operand(String rows) {
        return Operand.plain(rows);
    }

    @Override
    public Operand joined(String path, Operand first, Operand second, String batch, long features) {
        return Operand.plain(FloatProducts.join(graph, path, first.value(), second.value(), batch, features));
    }

    @Override
    public Scaled multiply(String path, Matrix matrix, Operand x) {
        Quantised.Source source = Quantised.nibbles(matrix);
        long blocks = Quantised.blocks(matrix.in());
        String weight = graph.weight(
                path + "/weight",
                new long[] {matrix.out(), blocks, Quantised.BLOCK / 2},
                DataType.UINT8,
                source.values());
        String scales = graph.weight(
                path + "/weight_scale", new long[] {matrix.out(), blocks}, DataType.FLOAT, source.scales());
        return Scaled.plain(graph.node(
                path + "/MatMulNBits",
                "com.microsoft.MatMulNBits",
                List.of(x.value(), weight, scales),
                Attribute.of("K", matrix.in()),
                Attribute.of("N", matrix.out()),
                Attribute.of("bits", BITS),
                Attribute.of("block_size", Quantised.BLOCK),
                Attribute.of("accuracy_level", EIGHT_BIT_ACTIVATIONS)));
    }
}
