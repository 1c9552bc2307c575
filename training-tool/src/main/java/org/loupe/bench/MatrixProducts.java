package org.loupe.bench;

import java.util.List;

/** Counts the work of the matrix products of a run, from the shapes they were executed with. */
final class MatrixProducts {
    private MatrixProducts() {}

    /** @return floating-point operations of all matrix products, 2 for each multiply-add; other operators count nothing */
    static double flop(List<NodeRun> run) {
        return run.stream().mapToDouble(MatrixProducts::flop).sum();
    }

    /** @return operations of one node, 0 if it is no matrix product */
    static double flop(NodeRun node) {
        return switch (node.op()) {
            case "MatMul",
                    "MatMulNBits",
                    "MatMulBnb4",
                    "MatMulInteger",
                    "MatMulIntegerToFloat",
                    "DynamicQuantizeMatMul",
                    "QLinearMatMul" ->
                2 * size(node.outputs().get(0)) * last(node.inputs().get(0));
            case "FusedMatMul", "Gemm", "FusedGemm" ->
                transposable(node.inputs().get(0), node.outputs().get(0));
            case "Conv", "FusedConv", "NhwcFusedConv" ->
                convolution(node.inputs().get(1), node.outputs().get(0));
            case "MultiHeadAttention" -> attention(node, 1, 2);
            case "GroupQueryAttention" -> attention(node, 1, 2);
            case "Attention" -> attention(node, 1, 2);
            default -> 0;
        };
    }

    /** The left matrix may lie turned: what it has besides the output's rows is what is summed over. */
    private static double transposable(long[] left, long[] output) {
        return 2 * size(left) * last(output);
    }

    private static double convolution(long[] kernel, long[] output) {
        return 2 * size(output) * size(kernel) / (double) kernel[0];
    }

    /**
     * Two products for every query and key. Keys of the past are part of the present ones, where the node yields those.
     *
     * @param key place of the keys among the inputs
     * @param value place of the values
     */
    private static double attention(NodeRun node, int key, int value) {
        long[] q = node.inputs().get(0);
        long[] k = node.inputs().get(key);
        long[] v = node.inputs().get(value);
        double batch = (double) q[0];
        double keys = (double) (k.length == 4 ? k[2] : k[1]);
        if (node.outputs().size() > 1 && node.outputs().get(1).length == 4) {
            keys = Math.max(keys, (double) node.outputs().get(1)[2]);
        }
        // [batch, token, all heads] or [batch, head, token, width of one]
        double queries = (double) (q.length == 4 ? q[2] : q[1]);
        double width = q.length == 4 ? (double) q[1] * q[3] : last(q);
        double valueWidth = v.length == 4 ? (double) v[1] * v[3] : last(v);
        return 2 * batch * queries * keys * (width + valueWidth);
    }

    private static double size(long[] shape) {
        double size = 1;
        for (long dim : shape) {
            size *= (double) dim;
        }
        return size;
    }

    private static double last(long[] shape) {
        return shape[shape.length - 1];
    }
}
