package org.loupe.export;

import com.google.protobuf.ByteString;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.loupe.export.onnx.GraphProto;
import org.loupe.export.onnx.ModelProto;
import org.loupe.export.onnx.NodeProto;
import org.loupe.export.onnx.OperatorSetIdProto;
import org.loupe.export.onnx.StringStringEntryProto;
import org.loupe.export.onnx.TensorProto;
import org.loupe.export.onnx.TensorShapeProto;
import org.loupe.export.onnx.TypeProto;
import org.loupe.export.onnx.ValueInfoProto;

/**
 * Builds one ONNX graph (opset 21, IR 10) and writes it as {@code model.onnx} plus {@code model.onnx.data}.
 *
 * <p>Every node, constant and weight has a path, {@code /model/layers.0/mlp/gate_proj/MatMul}, unique in the graph; a profile or an error
 * message of the runtime then names the place in the checkpoint. Methods that add something return the name of the value it yields, which is
 * what later nodes take as input; the empty string stands for an optional input left out. Values must exist before they are used, so a typing
 * error fails here and not in the runtime.
 *
 * <p>Constants are small and stand in the graph; weights go to the data file, each at the start of a page so that it can be memory-mapped.
 * Not safe for several threads. Used once.
 */
public final class GraphBuilder {
    /** File of the graph. */
    public static final String GRAPH_FILE = "model.onnx";
    /** File of the weights; its name stands in the graph, so it cannot be renamed. */
    public static final String DATA_FILE = "model.onnx.data";

    /** Where tensors of the data file begin, bytes: a multiple of this. */
    public static final int PAGE = 4096;

    private static final int IR_VERSION = 10;
    private static final int OPSET = 21;
    private static final String MICROSOFT = "com.microsoft";
    // A mapped tensor is one Java and one protobuf buffer: both count bytes in an int.
    private static final long MAX_WEIGHT_BYTES = Integer.MAX_VALUE;
    // A constant in the graph is held by the builder, the proto and the runtime; anything larger belongs in the data
    // file.
    private static final long MAX_CONSTANT_BYTES = 1 << 20;

    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private final Set<String> names = new HashSet<>();
    private final Set<String> values = new HashSet<>();
    private final List<Weight> weights = new ArrayList<>();
    private final List<String> optionalInputs = new ArrayList<>();
    private final Predicate<String> replaceable;
    private long dataEnd;

    /**
     * A weight of the data file.
     *
     * @param path its name in the graph
     * @param type of its elements
     * @param dims its shape
     * @param offset where it begins in the data file, bytes
     * @param bytes how long it is
     * @param replaceable whether it is an optional input too, so that a run may bring another one
     * @param source gives its bytes
     */
    public record Weight(
            String path,
            DataType type,
            List<Long> dims,
            long offset,
            long bytes,
            boolean replaceable,
            WeightSource source) {}

    /** @param name name of the graph, for people */
    public GraphBuilder(String name) {
        this(name, path -> false);
    }

    /**
     * @param name name of the graph, for people
     * @param replaceable by path, the weights that become optional inputs too: a run that brings none takes the weight
     */
    public GraphBuilder(String name, Predicate<String> replaceable) {
        graph.setName(name);
        values.add("");
        this.replaceable = replaceable;
    }

    /**
     * Declares an input of the graph.
     *
     * @param dims a {@link Long} or {@link Integer} for a fixed dimension, a {@link String} for a symbolic one
     */
    public String input(String name, DataType type, Object... dims) {
        claim(name);
        values.add(name);
        graph.addInput(valueInfo(name, type, dims));
        return name;
    }

    /**
     * Adds a node with one output.
     *
     * @param path unique path, also the node's name
     * @param op operator; {@code com.microsoft.Gelu} for the runtime's own ones
     * @return the output value, {@code path + "/output"}
     */
    public String node(String path, String op, List<String> inputs, Attribute... attributes) {
        String output = path + "/output";
        add(path, op, inputs, List.of(output), attributes);
        return output;
    }

    /**
     * Adds a node with several outputs.
     *
     * @return the output values, {@code path + "/output_0"} and so on
     */
    public List<String> nodes(String path, String op, List<String> inputs, int outputCount, Attribute... attributes) {
        List<String> outputs = new ArrayList<>();
        for (int i = 0; i < outputCount; i++) {
            outputs.add(path + "/output_" + i);
        }
        add(path, op, inputs, outputs, attributes);
        return outputs;
    }

    /**
     * Adds a node of which only some outputs are wanted; the others are not computed.
     *
     * @param places of the wanted outputs, rising
     * @return the wanted outputs' values, {@code path + "/output_" + place}
     */
    public List<String> outputsAt(
            String path, String op, List<String> inputs, List<Integer> places, Attribute... attributes) {
        List<String> outputs = new ArrayList<>();
        for (int place = 0; place <= places.get(places.size() - 1); place++) {
            outputs.add(places.contains(place) ? path + "/output_" + place : "");
        }
        add(path, op, inputs, outputs, attributes);
        return outputs.stream().filter(output -> !output.isEmpty()).toList();
    }

    /** Adds a constant {@code float32[dims]}. */
    public String floats(String path, long[] dims, float... elements) {
        ByteBuffer raw = ByteBuffer.allocate(elements.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(elements);
        return constant(path, DataType.FLOAT, dims, raw.array());
    }

    /** Adds a constant {@code float16[dims]}. */
    String halves(String path, long[] dims, float... elements) {
        ByteBuffer raw = ByteBuffer.allocate(elements.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float element : elements) {
            raw.putShort(Halves.of(element));
        }
        return constant(path, DataType.FLOAT16, dims, raw.array());
    }

    /** Adds a constant {@code int64[dims]}. */
    public String longs(String path, long[] dims, long... elements) {
        ByteBuffer raw = ByteBuffer.allocate(elements.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        raw.asLongBuffer().put(elements);
        return constant(path, DataType.INT64, dims, raw.array());
    }

    /** Adds a constant vector {@code int64[elements.length]}: shapes, axes, starts, ends. */
    public String vector(String path, long... elements) {
        return longs(path, new long[] {elements.length}, elements);
    }

    /** Adds a constant {@code float32[]}. */
    public String scalar(String path, float element) {
        return floats(path, new long[0], element);
    }

    /** Adds a constant {@code int64[]}. */
    public String scalar(String path, long element) {
        return longs(path, new long[0], element);
    }

    /**
     * Adds a constant of any type.
     *
     * @param raw elements row by row, little-endian; at most 1 MiB, more is a weight
     */
    public String constant(String path, DataType type, long[] dims, byte[] raw) {
        long bytes = type.bytes(elements(path, dims));
        if (bytes != raw.length) {
            throw new IllegalArgumentException(path + " needs " + bytes + " bytes, got " + raw.length);
        }
        if (bytes > MAX_CONSTANT_BYTES) {
            throw new IllegalArgumentException(
                    path + " is too large for a constant (" + bytes + " bytes): make it a weight");
        }
        claim(path);
        values.add(path);
        graph.addInitializer(tensor(path, type, dims).setRawData(ByteString.copyFrom(raw)));
        return path;
    }

    /**
     * Adds a weight, whose bytes are asked for only in {@link #write}.
     *
     * @param source must write exactly the bytes that {@code dims} and {@code type} ask for, below 2 GiB
     */
    public String weight(String path, long[] dims, DataType type, WeightSource source) {
        long bytes = type.bytes(elements(path, dims));
        if (bytes == 0 || bytes > MAX_WEIGHT_BYTES) {
            throw new IllegalArgumentException(path + " has " + bytes + " bytes; a weight has 1 byte to 2 GiB");
        }
        claim(path);
        values.add(path);
        long offset = Math.addExact(dataEnd, PAGE - 1) / PAGE * PAGE;
        dataEnd = Math.addExact(offset, bytes);
        boolean optional = replaceable.test(path);
        weights.add(new Weight(path, type, Arrays.stream(dims).boxed().toList(), offset, bytes, optional, source));
        if (optional) {
            optionalInputs.add(path);
            graph.addInput(valueInfo(path, type, Arrays.stream(dims).boxed().toArray()));
        }
        graph.addInitializer(tensor(path, type, dims)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", DATA_FILE))
                .addExternalData(entry("offset", Long.toString(offset)))
                .addExternalData(entry("length", Long.toString(bytes))));
        return path;
    }

    /**
     * Adds a weight of {@code float16}. One that a run may replace is kept as {@code float32} and narrowed in the graph: a processor
     * computes in 32 bits, and ONNX Runtime crashes where it has to put that conversion behind an optional input itself.
     *
     * @param floats must write exactly the {@code float32} elements that {@code dims} ask for, each at most {@link Halves#MAX} in magnitude
     * @return the value of 16 bits
     */
    String halves(String path, long[] dims, WeightSource floats) {
        if (replaceable.test(path)) {
            String wide = weight(path, dims, DataType.FLOAT, floats);
            return node(path + "/Cast", "Cast", List.of(wide), Attribute.of("to", DataType.FLOAT16.code()));
        }
        return weight(path, dims, DataType.FLOAT16, Halves.of(floats));
    }

    /**
     * Declares an optional input that is empty unless a run brings it: one of its dimensions is then 0.
     *
     * @param dims as for {@link #input}; the symbolic ones are 0 by default
     */
    public String emptyInput(String name, DataType type, Object... dims) {
        claim(name);
        values.add(name);
        optionalInputs.add(name);
        graph.addInput(valueInfo(name, type, dims));
        graph.addInitializer(tensor(
                        name,
                        type,
                        Arrays.stream(dims)
                                .mapToLong(dim -> dim instanceof Number number ? number.longValue() : 0)
                                .toArray())
                .setRawData(ByteString.EMPTY));
        return name;
    }

    /** @return names of the inputs a run may leave out, in the order they were declared */
    public List<String> optionalInputs() {
        return List.copyOf(optionalInputs);
    }

    /** @return the weights of the data file, in its order */
    public List<Weight> weights() {
        return List.copyOf(weights);
    }

    /**
     * Gives a value a public name and makes it an output of the graph.
     *
     * @param dims as for {@link #input}
     */
    public void output(String value, String publicName, DataType type, Object... dims) {
        add(publicName + "/Identity", "Identity", List.of(value), List.of(publicName));
        graph.addOutput(valueInfo(publicName, type, dims));
    }

    /** @return bytes the data file will have; known before it is written */
    public long dataBytes() {
        return dataEnd;
    }

    /** @throws IOException if a source fails, gives too few or too many bytes, or the disk is full */
    public void write(Path directory) throws IOException {
        write(directory, done -> {});
    }

    /**
     * Writes {@code model.onnx} and {@code model.onnx.data} into an existing directory that holds neither.
     *
     * @param progress told the bytes of the data file written so far, rising, up to {@link #dataBytes()}
     * @throws IOException if a source fails, gives too few or too many bytes, or the disk is full; half-written files may remain
     */
    public void write(Path directory, LongConsumer progress) throws IOException {
        try (FileChannel data = FileChannel.open(
                directory.resolve(DATA_FILE), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (Weight weight : weights) {
                data.position(weight.offset());
                CountingChannel counted = new CountingChannel(data, weight, progress);
                weight.source().writeTo(counted);
                if (counted.written != weight.bytes()) {
                    throw new IOException(
                            weight.path() + " gave " + counted.written + " of " + weight.bytes() + " bytes");
                }
            }
        }
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("loupe")
                .setGraph(graph)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain(MICROSOFT).setVersion(1))
                .build();
        try (OutputStream out = new BufferedOutputStream(
                Files.newOutputStream(directory.resolve(GRAPH_FILE), StandardOpenOption.CREATE_NEW))) {
            model.writeTo(out);
        }
    }

    private void add(String path, String op, List<String> inputs, List<String> outputs, Attribute... attributes) {
        claim(path);
        NodeProto.Builder node = NodeProto.newBuilder().setName(path);
        if (op.startsWith(MICROSOFT + ".")) {
            node.setDomain(MICROSOFT).setOpType(op.substring(MICROSOFT.length() + 1));
        } else {
            node.setOpType(op);
        }
        for (String input : inputs) {
            if (!values.contains(input)) {
                throw new IllegalArgumentException(path + " takes " + input + ", which nothing yields");
            }
            node.addInput(input);
        }
        for (String output : outputs) {
            if (!output.isEmpty() && !values.add(output)) {
                throw new IllegalArgumentException("two values are called " + output);
            }
            node.addOutput(output);
        }
        for (Attribute attribute : attributes) {
            node.addAttribute(attribute.proto());
        }
        graph.addNode(node);
    }

    private void claim(String path) {
        if (path.isEmpty() || !names.add(path)) {
            throw new IllegalArgumentException(
                    path.isEmpty() ? "a path must not be empty" : "two things are called " + path);
        }
    }

    private static long elements(String path, long[] dims) {
        long count = 1;
        for (long dim : dims) {
            if (dim < 0) {
                throw new IllegalArgumentException(path + " has the dimension " + dim);
            }
            count = Math.multiplyExact(count, dim);
        }
        return count;
    }

    private static TensorProto.Builder tensor(String name, DataType type, long[] dims) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type.code());
        for (long dim : dims) {
            tensor.addDims(dim);
        }
        return tensor;
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static ValueInfoProto valueInfo(String name, DataType type, Object... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (Object dim : dims) {
            TensorShapeProto.Dimension.Builder dimension = TensorShapeProto.Dimension.newBuilder();
            if (dim instanceof Number number) {
                dimension.setDimValue(number.longValue());
            } else {
                dimension.setDimParam((String) dim);
            }
            shape.addDim(dimension);
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.code())
                                .setShape(shape)))
                .build();
    }

    /** Refuses a byte more than the weight has, so that one wrong source cannot run into its neighbour. */
    private static final class CountingChannel implements WritableByteChannel {
        private final FileChannel data;
        private final Weight weight;
        private final LongConsumer progress;
        private long written;

        CountingChannel(FileChannel data, Weight weight, LongConsumer progress) {
            this.data = data;
            this.weight = weight;
            this.progress = progress;
        }

        @Override
        public int write(ByteBuffer piece) throws IOException {
            if (piece.remaining() > weight.bytes() - written) {
                throw new IOException(weight.path() + " gives more than its " + weight.bytes() + " bytes");
            }
            int count = data.write(piece);
            written += count;
            progress.accept(weight.offset() + written);
            return count;
        }

        @Override
        public boolean isOpen() {
            return data.isOpen();
        }

        @Override
        public void close() {
            // The file belongs to the builder.
        }
    }
}
