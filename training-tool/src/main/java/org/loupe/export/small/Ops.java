package org.loupe.export.small;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.loupe.export.Attribute;
import org.loupe.export.DataType;
import org.loupe.export.GraphBuilder;
import org.loupe.export.WeightSource;

/**
 * The few ONNX operators the small model needs, one short method each. Values are named by strings, as in the builder; every node is
 * called after the current {@link #scope}. Not safe for several threads.
 */
final class Ops {
    /** Added before every logarithm, as small as the statistics can tell apart. */
    static final float LOG_FLOOR = 1e-3f;

    /** "To the end" of an axis in a slice. */
    static final long END = Long.MAX_VALUE;

    private final GraphBuilder graph;
    private final Map<Float, String> scalars = new HashMap<>();
    private final Map<List<Long>, String> longLists = new HashMap<>();
    private String scope = "small";
    private int serial;

    Ops(GraphBuilder graph) {
        this.graph = graph;
    }

    /** Names the nodes that follow. */
    void scope(String name) {
        scope = "small/" + name;
    }

    private String path(String op) {
        return scope + "/" + op + "_" + serial++;
    }

    String node(String op, String... inputs) {
        return node(op, List.of(inputs));
    }

    private String node(String op, List<String> inputs, Attribute... attributes) {
        return graph.node(path(op), op, inputs, attributes);
    }

    String scalar(float value) {
        return scalars.computeIfAbsent(value, v -> graph.scalar("small/const/" + v, v));
    }

    String longs(long... values) {
        List<Long> key = Arrays.stream(values).boxed().toList();
        return longLists.computeIfAbsent(key, k -> graph.vector("small/const/int64_" + longLists.size(), values));
    }

    String floats(long[] dims, float... values) {
        return graph.floats(path("weights"), dims, values);
    }

    /** Learned numbers under a name that {@link SmallModelReader} finds again: the scope's, then this one. */
    String named(String name, long[] dims, float... values) {
        return graph.weight(scope + "/" + name, dims, DataType.FLOAT, WeightSource.of(values));
    }

    /** A list of indices under a name that {@link SmallModelReader} finds again. */
    String namedIndices(String name, int... values) {
        return graph.vector(
                scope + "/" + name,
                Arrays.stream(values).mapToLong(value -> value).toArray());
    }

    String matrix(float[][] rows) {
        return floats(new long[] {rows.length, rows[0].length}, Matrices.flat(rows));
    }

    String vector(float... values) {
        return floats(new long[] {values.length}, values);
    }

    String add(String a, String b) {
        return node("Add", List.of(a, b));
    }

    String add(String a, float b) {
        return add(a, scalar(b));
    }

    String sub(String a, String b) {
        return node("Sub", List.of(a, b));
    }

    String mul(String a, String b) {
        return node("Mul", List.of(a, b));
    }

    String mul(String a, float b) {
        return mul(a, scalar(b));
    }

    String square(String a) {
        return mul(a, a);
    }

    String div(String a, String b) {
        return node("Div", List.of(a, b));
    }

    String abs(String a) {
        return node("Abs", List.of(a));
    }

    /** {@code a} where it is above 0, {@code slope a} elsewhere; with slope -1 the magnitude. */
    String leakyRelu(String a, float slope) {
        return node("LeakyRelu", List.of(a), Attribute.of("alpha", slope));
    }

    String relu(String a) {
        return node("Relu", List.of(a));
    }

    String neg(String a) {
        return node("Neg", List.of(a));
    }

    String sqrt(String a) {
        return node("Sqrt", List.of(a));
    }

    String exp(String a) {
        return node("Exp", List.of(a));
    }

    /** {@code ln(a + floor)}. */
    String log(String a, float floor) {
        return node("Log", List.of(add(a, floor)));
    }

    /** {@code ln(a + floors)}, one floor or several, of a shape to broadcast. */
    String log(String a, String floors) {
        return node("Log", List.of(add(a, floors)));
    }

    /** {@code ln(a + 1e-3)}. */
    String log(String a) {
        return log(a, LOG_FLOOR);
    }

    String max(String a, String b) {
        return node("Max", List.of(a, b));
    }

    String min(String a, String b) {
        return node("Min", List.of(a, b));
    }

    /** {@code min(a, high)}; as fast as a comparison, and unlike one it does not jump. */
    String cap(String a, float high) {
        return node("Min", List.of(a, scalar(high)));
    }

    /** Integers, rounded towards zero. */
    String quotient(String a, long... divisors) {
        return node("Div", List.of(a, longs(divisors)));
    }

    /** 0, 1 and so on: as many as the one element of {@code count} says. */
    String range(String count) {
        return node("Range", integer(0), node("Squeeze", List.of(count)), integer(1));
    }

    private String integer(long value) {
        return graph.scalar(path("int64"), value);
    }

    /** Parts of equal sizes along an axis. */
    List<String> split(String a, int axis, int parts) {
        return graph.nodes(
                path("Split"),
                "Split",
                List.of(a),
                parts,
                Attribute.of("axis", axis),
                Attribute.of("num_outputs", parts));
    }

    /** Parts of these sizes along an axis. */
    List<String> split(String a, int axis, long first, long second, long... more) {
        long[] sizes = LongStream.concat(LongStream.of(first, second), LongStream.of(more))
                .toArray();
        return graph.nodes(path("Split"), "Split", List.of(a, longs(sizes)), sizes.length, Attribute.of("axis", axis));
    }

    String toFloat(String a) {
        return node("Cast", List.of(a), Attribute.of("to", DataType.FLOAT.code()));
    }

    String toLong(String a) {
        return node("Cast", List.of(a), Attribute.of("to", DataType.INT64.code()));
    }

    String shape(String a) {
        return node("Shape", List.of(a));
    }

    /** Sizes of the axes from {@code start} to before {@code end}. */
    String shape(String a, long start, long end) {
        return node("Shape", List.of(a), Attribute.of("start", start), Attribute.of("end", end));
    }

    String gather(String a, String indices, int axis) {
        return node("Gather", List.of(a, indices), Attribute.of("axis", axis));
    }

    /** Mean over every pixel of each plane: {@code [F, C, H, W] -> [F, C]}. */
    String planeMean(String planes) {
        return mean(planes, false, 2, 3);
    }

    String mean(String a, boolean keep, long... axes) {
        return node("ReduceMean", List.of(a, longs(axes)), Attribute.of("keepdims", keep ? 1 : 0));
    }

    String sum(String a, boolean keep, long... axes) {
        return node("ReduceSum", List.of(a, longs(axes)), Attribute.of("keepdims", keep ? 1 : 0));
    }

    /** Root of the sum of squares. */
    String length(String a, boolean keep, long... axes) {
        return node("ReduceL2", List.of(a, longs(axes)), Attribute.of("keepdims", keep ? 1 : 0));
    }

    /** Rows scaled to length 1; a row of zeros stays one. */
    String unitLength(String rows) {
        return node("LpNormalization", List.of(rows), Attribute.of("axis", 1), Attribute.of("p", 2));
    }

    /** Sum of magnitudes. */
    String magnitudes(String a, boolean keep, long... axes) {
        return node("ReduceL1", List.of(a, longs(axes)), Attribute.of("keepdims", keep ? 1 : 0));
    }

    String maximum(String a, boolean keep, long... axes) {
        return node("ReduceMax", List.of(a, longs(axes)), Attribute.of("keepdims", keep ? 1 : 0));
    }

    String concat(int axis, List<String> values) {
        return values.size() == 1 ? values.get(0) : node("Concat", values, Attribute.of("axis", axis));
    }

    String concat(int axis, String... values) {
        return concat(axis, List.of(values));
    }

    String slice(String a, long axis, long start, long end) {
        return node("Slice", List.of(a, longs(start), longs(end), longs(axis)));
    }

    /** Places 0, 2, 4 and so on of an axis. */
    String everySecond(String a, long axis) {
        return node("Slice", List.of(a, longs(0), longs(END), longs(axis), longs(2)));
    }

    /** Slices to an end known only when the graph runs. */
    String sliceTo(String a, long axis, String end) {
        return node("Slice", List.of(a, longs(0), end, longs(axis)));
    }

    /** Slices several axes at once, which copies once. */
    String cut(String a, long[] axes, long[] starts, long[] ends) {
        return node("Slice", List.of(a, longs(starts), longs(ends), longs(axes)));
    }

    /** The window of a plane that starts at (top, left) and leaves out so many rows and columns at the far sides. */
    String window(String planes, long top, long left, long bottom, long right) {
        return cut(planes, new long[] {2, 3}, new long[] {top, left}, new long[] {
            bottom == 0 ? END : -bottom, right == 0 ? END : -right
        });
    }

    String channel(String planes, long from, long to) {
        return slice(planes, 1, from, to);
    }

    String reshape(String a, long... shape) {
        return node("Reshape", List.of(a, longs(shape)));
    }

    String reshapeTo(String a, String shape) {
        return node("Reshape", List.of(a, shape));
    }

    String transpose(String a, long... permutation) {
        return node("Transpose", List.of(a), Attribute.longs("perm", permutation));
    }

    String pad(String a, String pads, String mode) {
        return node("Pad", List.of(a, pads), Attribute.of("mode", mode));
    }

    String matMul(String a, String b) {
        return node("MatMul", List.of(a, b));
    }

    /** {@code factor a b + c}, c being one row. */
    String product(String a, String b, String c, float factor) {
        return node("Gemm", List.of(a, b, c), Attribute.of("alpha", factor));
    }

    String logSoftmax(String a) {
        return node("LogSoftmax", List.of(a), Attribute.of("axis", -1));
    }

    /** For each row of {@code [R, T, ...]} the entry its index {@code [R, 1]} names. */
    String gatherEach(String a, String indices) {
        return node("GatherND", List.of(a, indices), Attribute.of("batch_dims", 1));
    }

    /** All values in rising order along the last axis. */
    String sorted(String a, String count) {
        return graph.nodes(
                        path("TopK"),
                        "TopK",
                        List.of(a, count),
                        2,
                        Attribute.of("axis", -1),
                        Attribute.of("largest", 0))
                .get(0);
    }

    String averagePool(String planes, long size, long padBefore, long padAfter) {
        return node(
                "AveragePool",
                List.of(planes),
                Attribute.longs("kernel_shape", size, size),
                Attribute.longs("strides", size, size),
                Attribute.longs("pads", padBefore, padBefore, padAfter, padAfter),
                Attribute.of("count_include_pad", 0));
    }

    /**
     * Every tile with the same kernel, where that fits in it. The same as slices and sums; with tiles as channels it is what the runtime
     * has its fastest kernels for.
     *
     * @param planes {@code [F, tiles, h, w]}
     */
    String eachTile(String planes, int tiles, int height, int width, float... kernel) {
        float[] all = new float[tiles * kernel.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = kernel[i % kernel.length];
        }
        String weights = floats(new long[] {tiles, 1, height, width}, all);
        return conv(List.of(planes, weights), 1, 0, 0, tiles);
    }

    /** A convolution that moves so many rows and columns at a time. */
    String conv(String planes, String weights, long rows, long columns) {
        return node("Conv", List.of(planes, weights), Attribute.longs("strides", rows, columns));
    }

    /** @param inputs planes, weights and, if wanted, bias */
    String conv(List<String> inputs, long stride, long padRows, long padColumns, long groups) {
        return node(
                "Conv",
                new ArrayList<>(inputs),
                Attribute.longs("strides", stride, stride),
                Attribute.longs("pads", padRows, padColumns, padRows, padColumns),
                Attribute.of("group", groups));
    }

    /** A convolution along the last axis of {@code [F, C, n]}. */
    String line(String values, String weights, long stride) {
        return node("Conv", List.of(values, weights), Attribute.longs("strides", stride));
    }

    /** A convolution over windows of that height and width that lie side by side. */
    String patches(String planes, String weights, String bias, long height, long width) {
        return node("Conv", List.of(planes, weights, bias), Attribute.longs("strides", height, width));
    }
}
