package org.loupe.training.teacher;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.loupe.export.Attribute;
import org.loupe.export.DataType;
import org.loupe.export.GraphBuilder;

/**
 * MobileNetV2 (Sandler and others 2018) up to its sixteenth block as an ONNX graph: {@code pixels uint8[F, H, W, 3]} in, {@code
 * features float32[F, n]} out. Batch normalisation is folded into the convolutions.
 */
final class TeacherGraph {
    /** Blocks whose outputs are given out, with their channels. */
    static final List<int[]> TAPS =
            List.of(new int[] {2, 24}, new int[] {5, 32}, new int[] {9, 64}, new int[] {12, 96}, new int[] {15, 160});

    // pixels between two positions of each of them
    private static final List<Integer> STRIDES = List.of(4, 8, 16, 16, 32);
    private static final int BLOCKS = 15;
    private static final float EPSILON = 1e-3f;
    private static final int[] WIDTHS = {16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160};
    private static final List<Integer> HALVING = List.of(1, 3, 6, 13);

    private final GraphBuilder graph = new GraphBuilder("teacher");
    private final TeacherWeights weights;

    private TeacherGraph(TeacherWeights weights) {
        this.weights = weights;
    }

    /** Mean and mean square of every channel over cells of {@link Teacher#CELL} pixels, for one picture: {@code [1, cells * 2 * channels]}. */
    static void writeCells(TeacherWeights weights, Path directory) throws IOException {
        TeacherGraph teacher = new TeacherGraph(weights);
        List<String> means = new ArrayList<>();
        List<String> squares = new ArrayList<>();
        List<String> taps = teacher.taps();
        for (int i = 0; i < taps.size(); i++) {
            long positions = Teacher.CELL / STRIDES.get(i);
            String square = teacher.graph.node("square" + i, "Mul", List.of(taps.get(i), taps.get(i)));
            means.add(teacher.pooled("mean" + i, taps.get(i), positions));
            squares.add(teacher.pooled("meanSquare" + i, square, positions));
        }
        means.addAll(squares);
        String all = teacher.graph.node("all", "Concat", means, Attribute.of("axis", 1));
        String last = teacher.graph.node("last", "Transpose", List.of(all), Attribute.longs("perm", 0, 2, 3, 1));
        String flat = teacher.graph.node("flat", "Reshape", List.of(last, teacher.graph.vector("shape", 1, -1)));
        teacher.graph.output(flat, "features", DataType.FLOAT, 1, "N");
        teacher.graph.write(directory);
    }

    private String pooled(String path, String planes, long side) {
        return graph.node(
                path,
                "AveragePool",
                List.of(planes),
                Attribute.longs("kernel_shape", side, side),
                Attribute.longs("strides", side, side));
    }

    private List<String> taps() {
        String pixels = graph.input("pixels", DataType.UINT8, "F", "H", "W", 3);
        String planes = graph.node("planes", "Transpose", List.of(pixels), Attribute.longs("perm", 0, 3, 1, 2));
        String floats = graph.node("floats", "Cast", List.of(planes), Attribute.of("to", DataType.FLOAT.code()));
        String x = graph.node("unit", "Mul", List.of(floats, graph.scalar("scale", 1 / 255f)));
        x = clipped("stem", convolution("Conv1/kernel", "bn_Conv1", x, 3, 32, 3, 2));
        x = clipped("first", depthwise("expanded_conv_depthwise", x, 32, 1));
        x = convolution("expanded_conv_project/kernel", "expanded_conv_project_BN", x, 32, 16, 1, 1);
        List<String> taps = new ArrayList<>();
        int next = 0;
        for (int block = 1; block <= BLOCKS; block++) {
            x = block(block, x);
            if (TAPS.get(next)[0] == block) {
                taps.add(x);
                next++;
            }
        }
        return taps;
    }

    private String block(int number, String x) {
        String name = "block_" + number;
        int in = WIDTHS[number - 1];
        int out = WIDTHS[number];
        int wide = 6 * in;
        int stride = HALVING.contains(number) ? 2 : 1;
        String y = convolution(name + "_expand/kernel", name + "_expand_BN", x, in, wide, 1, 1);
        y = clipped(name + "/expanded", y);
        y = clipped(name + "/filtered", depthwise(name + "_depthwise", y, wide, stride));
        y = convolution(name + "_project/kernel", name + "_project_BN", y, wide, out, 1, 1);
        return in == out && stride == 1 ? graph.node(name + "/add", "Add", List.of(x, y)) : y;
    }

    private String clipped(String path, String x) {
        return graph.node(
                path + "/relu6", "Clip", List.of(x, graph.scalar(path + "/low", 0f), graph.scalar(path + "/high", 6f)));
    }

    /** TensorFlow keeps a kernel as {@code [k, k, in, out]}. */
    private String convolution(String kernel, String norm, String x, int in, int out, int side, int stride) {
        float[] factor = factor(norm, out);
        float[] from = weights.tensor(kernel);
        float[] to = new float[from.length];
        for (int k = 0; k < side * side; k++) {
            for (int i = 0; i < in; i++) {
                for (int o = 0; o < out; o++) {
                    to[(o * in + i) * side * side + k] = from[(k * in + i) * out + o] * factor[o];
                }
            }
        }
        return node(norm, x, new long[] {out, in, side, side}, to, bias(norm, factor), stride, 1);
    }

    private String depthwise(String name, String x, int channels, int stride) {
        String norm = name + "_BN";
        float[] factor = factor(norm, channels);
        float[] from = weights.tensor(name + "/depthwise_kernel");
        float[] to = new float[from.length];
        for (int k = 0; k < 9; k++) {
            for (int c = 0; c < channels; c++) {
                to[c * 9 + k] = from[k * channels + c] * factor[c];
            }
        }
        return node(norm, x, new long[] {channels, 1, 3, 3}, to, bias(norm, factor), stride, channels);
    }

    private String node(String name, String x, long[] shape, float[] kernel, float[] bias, int stride, int groups) {
        long side = shape[2];
        // With stride 2 this network pads at the far sides only.
        long before = side == 1 || stride == 2 ? 0 : 1;
        long after = side == 1 ? 0 : 1;
        return graph.node(
                name + "/conv",
                "Conv",
                List.of(
                        x,
                        graph.floats(name + "/kernel", shape, kernel),
                        graph.floats(name + "/bias", new long[] {bias.length}, bias)),
                Attribute.longs("strides", stride, stride),
                Attribute.longs("pads", before, before, after, after),
                Attribute.of("group", groups));
    }

    private float[] factor(String norm, int channels) {
        float[] gamma = weights.tensor(norm + "/gamma");
        float[] variance = weights.tensor(norm + "/moving_variance");
        float[] factor = new float[channels];
        for (int c = 0; c < channels; c++) {
            factor[c] = (float) (gamma[c] / Math.sqrt(variance[c] + EPSILON));
        }
        return factor;
    }

    private float[] bias(String norm, float[] factor) {
        float[] beta = weights.tensor(norm + "/beta");
        float[] mean = weights.tensor(norm + "/moving_mean");
        float[] bias = new float[factor.length];
        for (int c = 0; c < factor.length; c++) {
            bias[c] = beta[c] - mean[c] * factor[c];
        }
        return bias;
    }
}
