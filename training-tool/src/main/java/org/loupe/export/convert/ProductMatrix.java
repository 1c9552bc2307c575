package org.loupe.export.convert;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.loupe.export.onnx.GraphProto;
import org.loupe.export.onnx.NodeProto;
import org.loupe.export.onnx.TensorProto;

/**
 * A stored tensor as the matrix of a product: each of its outputs is a sum over all its inputs.
 *
 * @param outputsFirst whether the numbers of one output lie together
 * @param outputs of the product
 * @param inputs that each output sums over
 */
record ProductMatrix(boolean outputsFirst, int outputs, int inputs) {
    /** Below that a matrix saves less than its scales and nodes take, and what is that small counts more than others. */
    static final int LEAST_WEIGHTS = 1024;

    private static final int SECOND = 1;

    /** @return where the weight of an output and an input lies in the tensor */
    int index(int output, int input) {
        return outputsFirst ? output * inputs + input : input * outputs + output;
    }

    /** @return the dimension of the outputs, where the tensor is looked at as a matrix */
    int outputAxis() {
        return outputsFirst ? 0 : 1;
    }

    /** @return the dimension of the inputs, where the tensor is looked at as a matrix */
    int inputAxis() {
        return 1 - outputAxis();
    }

    /** @return rows and columns as they are stored */
    long[] dims() {
        return outputsFirst ? new long[] {outputs, inputs} : new long[] {inputs, outputs};
    }

    /**
     * Finds the learned matrices of a graph's products: of {@code MatMul}, {@code Gemm} and {@code Conv}. Learned is what lies in the data
     * file; constants by which a graph computes stand in the graph. Left out are vectors, which are few numbers and touch every answer;
     * what is too small; what a run may bring itself; and what several products read in different ways.
     *
     * @return by the tensor's name
     */
    static Map<String, ProductMatrix> of(GraphProto graph) {
        Map<String, TensorProto> stored = new HashMap<>();
        for (TensorProto tensor : graph.getInitializerList()) {
            if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL
                    && tensor.getDataType() == TensorProto.DataType.FLOAT.getNumber()) {
                stored.put(tensor.getName(), tensor);
            }
        }
        graph.getInputList().forEach(input -> stored.remove(input.getName()));
        Map<String, ProductMatrix> found = new HashMap<>();
        Set<String> disputed = new HashSet<>();
        for (NodeProto node : graph.getNodeList()) {
            for (int place = 0; place < Math.min(2, node.getInputCount()); place++) {
                TensorProto tensor = stored.get(node.getInput(place));
                if (tensor == null) {
                    continue;
                }
                ProductMatrix matrix = as(node, place, tensor.getDimsList());
                if (matrix != null) {
                    ProductMatrix before = found.putIfAbsent(tensor.getName(), matrix);
                    if (before != null && !before.equals(matrix)) {
                        disputed.add(tensor.getName());
                    }
                }
            }
        }
        found.keySet().removeAll(disputed);
        found.values().removeIf(ProductMatrix::spared);
        return found;
    }

    /**
     * Finds the matrices behind which others stand.
     *
     * @param graph its nodes in the order in which they run, as ONNX demands
     * @param matrices names of learned matrices
     * @return those whose products, through whatever nodes, are multiplied with another of them
     */
    static Set<String> inner(GraphProto graph, Set<String> matrices) {
        Map<String, Set<String>> behind = new HashMap<>();
        Set<String> inner = new HashSet<>();
        for (NodeProto node : graph.getNodeList()) {
            Set<String> seen = new HashSet<>();
            node.getInputList().forEach(input -> seen.addAll(behind.getOrDefault(input, Set.of())));
            List<String> own =
                    node.getInputList().stream().filter(matrices::contains).toList();
            if (!own.isEmpty()) {
                inner.addAll(seen);
                seen.addAll(own);
            }
            if (!seen.isEmpty()) {
                node.getOutputList().forEach(output -> behind.put(output, seen));
            }
        }
        return inner;
    }

    private boolean spared() {
        return outputs < 2 || inputs < 2 || (long) outputs * inputs < LEAST_WEIGHTS;
    }

    private static @Nullable ProductMatrix as(NodeProto node, int place, List<Long> dims) {
        if (!node.getDomain().isEmpty()) {
            return null;
        }
        return switch (node.getOpType()) {
            case "MatMul" -> matrix(dims, place == 0);
            case "Gemm" -> matrix(dims, (place == 0) != transposed(node, place == 0 ? "transA" : "transB"));
            case "Conv" ->
                place == SECOND && dims.size() > 2
                        ? new ProductMatrix(true, Math.toIntExact(dims.get(0)), product(dims.subList(1, dims.size())))
                        : null;
            default -> null;
        };
    }

    private static @Nullable ProductMatrix matrix(List<Long> dims, boolean outputsFirst) {
        if (dims.size() != 2) {
            return null;
        }
        int rows = Math.toIntExact(dims.get(0));
        int columns = Math.toIntExact(dims.get(1));
        return outputsFirst ? new ProductMatrix(true, rows, columns) : new ProductMatrix(false, columns, rows);
    }

    private static boolean transposed(NodeProto node, String attribute) {
        return node.getAttributeList().stream().anyMatch(each -> each.getName().equals(attribute) && each.getI() != 0);
    }

    private static int product(List<Long> dims) {
        return Math.toIntExact(dims.stream().reduce(1L, Math::multiplyExact));
    }
}
