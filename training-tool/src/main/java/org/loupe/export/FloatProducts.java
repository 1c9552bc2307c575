package org.loupe.export;

import java.util.List;

/** Products of floating point numbers of 32 or 16 bits, with weights as they are. */
final class FloatProducts implements Products {
    private final GraphBuilder graph;
    private final DataType type;

    FloatProducts(GraphBuilder graph, DataType type) {
        this.graph = graph;
        this.type = type;
    }

    @Override
    public Operand operand(String rows) {
        return Operand.plain(rows);
    }

    @Override
    public Operand joined(String path, Operand first, Operand second, String batch, long features) {
        return Operand.plain(join(graph, path, first.value(), second.value(), batch, features));
    }

    /** Rows of two parts, sequence by sequence. */
    static String join(GraphBuilder graph, String path, String first, String second, String batch, long features) {
        String shape = graph.node(
                path + "/shape/Concat",
                "Concat",
                List.of(batch, graph.vector(path + "/shape", -1, features)),
                Attribute.of("axis", 0));
        String both = graph.node(
                path + "/Concat",
                "Concat",
                List.of(
                        graph.node(path + "/first/Reshape", "Reshape", List.of(first, shape)),
                        graph.node(path + "/second/Reshape", "Reshape", List.of(second, shape))),
                Attribute.of("axis", 1));
        return graph.node(path + "/Reshape", "Reshape", List.of(both, graph.vector(path + "/rows", -1, features)));
    }

    @Override
    public Scaled multiply(String path, Matrix matrix, Operand x) {
        WeightSource floats = Quantised.transposed(matrix);
        long[] dims = {matrix.in(), matrix.out()};
        String weight = type == DataType.FLOAT16
                ? graph.halves(path + "/weight", dims, floats)
                : graph.weight(path + "/weight", dims, type, floats);
        return Scaled.plain(graph.node(path + "/MatMul", "MatMul", List.of(x.value(), weight)));
    }
}
