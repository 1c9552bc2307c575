package org.loupe.export.convert;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import org.loupe.export.Attribute;
import org.loupe.export.DataType;
import org.loupe.export.GraphBuilder;
import org.loupe.export.Precision;
import org.loupe.export.onnx.GraphProto;
import org.loupe.export.onnx.ModelProto;
import org.loupe.export.onnx.NodeProto;
import org.loupe.export.onnx.OperatorSetIdProto;
import org.loupe.export.onnx.TensorProto;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Rewrites one graph. A packed matrix gets new names; a node in front of all others unpacks it and yields the old name, so no other node
 * changes: {@code DequantizeLinear} for whole numbers and scales, {@code Cast} for halves. The engine unpacks constants once, when it opens
 * the graph. Holds one matrix at a time. Used once, by one thread.
 */
final class GraphConversion {
    /** The first operator set in which {@code DequantizeLinear} takes 4 bits and blocks. */
    private static final int OPSET_OF_BLOCKS = 21;

    /** The first one in which it takes a scale an output. */
    private static final int OPSET_OF_AXES = 13;

    private static final int IR_OF_NIBBLES = 10;

    private final Path source;
    private final ModelProto model;
    private final Precision precision;
    private final Map<String, ProductMatrix> matrices;
    private final Set<String> inner;
    private final Set<String> names = new HashSet<>();
    private final List<NodeProto> unpacking = new ArrayList<>();
    private final GraphProto.Builder graph;
    private int packedMatrices;
    private long packedWeights;

    /**
     * @param source a package's directory
     * @param precision what its matrices are to be kept in, below fp32
     * @throws ScoringException INVALID_REQUEST if the graph cannot be converted, MODEL_PACKAGE_INVALID if it is no graph
     */
    GraphConversion(Path source, Precision precision) throws IOException {
        this.source = source;
        this.precision = precision;
        try {
            this.model = ModelProto.parseFrom(Files.readAllBytes(source.resolve(GraphBuilder.GRAPH_FILE)));
        } catch (InvalidProtocolBufferException e) {
            throw new ScoringException(
                    ErrorReason.MODEL_PACKAGE_INVALID,
                    source.resolve(GraphBuilder.GRAPH_FILE) + " is no ONNX graph",
                    e);
        }
        requireOperators();
        this.matrices = ProductMatrix.of(model.getGraph());
        if (matrices.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "there is nothing to convert: no product of this graph reads a matrix of at least "
                            + ProductMatrix.LEAST_WEIGHTS + " weights from " + GraphBuilder.DATA_FILE);
        }
        this.inner = ProductMatrix.inner(model.getGraph(), matrices.keySet());
        this.graph = model.getGraph().toBuilder().clearInitializer().clearNode();
        model.getGraph().getInitializerList().forEach(tensor -> names.add(tensor.getName()));
        model.getGraph().getNodeList().forEach(node -> {
            names.add(node.getName());
            names.addAll(node.getOutputList());
        });
    }

    /**
     * What was packed.
     *
     * @param matrices how many
     * @param weights how many numbers in all of them together
     * @param bytesBefore of the data file
     * @param bytesAfter of the data file
     */
    record Result(int matrices, long weights, long bytesBefore, long bytesAfter) {}

    /**
     * Writes {@code model.onnx} and {@code model.onnx.data}.
     *
     * @param target a directory with neither
     * @param progress told the bytes of the source's tensors dealt with so far, rising
     * @throws ScoringException MODEL_PACKAGE_INVALID if a tensor does not lie where the graph says
     */
    Result write(Path target, LongConsumer progress) throws IOException {
        Result result;
        try (WeightFiles files = new WeightFiles(source, target)) {
            long done = 0;
            for (TensorProto tensor : model.getGraph().getInitializerList()) {
                if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
                    convert(tensor, files);
                    done += bytes(tensor);
                    progress.accept(done);
                } else {
                    graph.addInitializer(tensor);
                }
            }
            result = new Result(packedMatrices, packedWeights, files.sourceBytes(), files.writtenBytes());
        }
        graph.addAllNode(unpacking);
        graph.addAllNode(model.getGraph().getNodeList());
        ModelProto.Builder converted = model.toBuilder().setGraph(graph);
        if (precision == Precision.INT4) {
            converted.setIrVersion(Math.max(IR_OF_NIBBLES, model.getIrVersion()));
        }
        Files.write(target.resolve(GraphBuilder.GRAPH_FILE), converted.build().toByteArray());
        return result;
    }

    private static long bytes(TensorProto tensor) {
        return tensor.getExternalDataList().stream()
                .filter(entry -> entry.getKey().equals("length"))
                .mapToLong(entry -> Long.parseLong(entry.getValue()))
                .sum();
    }

    private void convert(TensorProto tensor, WeightFiles files) throws IOException {
        ProductMatrix matrix = matrices.get(tensor.getName());
        Optional<Packing> packing =
                matrix == null ? Optional.empty() : Packing.of(precisionOf(tensor), matrix, files.read(tensor));
        if (matrix == null || packing.isEmpty()) {
            graph.addInitializer(files.copy(tensor));
            return;
        }
        packedMatrices++;
        packedWeights += (long) matrix.outputs() * matrix.inputs();
        if (packing.get().type() == DataType.FLOAT16) {
            halves(tensor, packing.get(), files);
        } else {
            steps(tensor, matrix, packing.get(), files);
        }
    }

    /** What other learned matrices read is kept in 16 bits: they would enlarge its steps, as whitening does with small components. */
    private Precision precisionOf(TensorProto tensor) {
        return inner.contains(tensor.getName()) ? Precision.FP16 : precision;
    }

    private void halves(TensorProto tensor, Packing packing, WeightFiles files) throws IOException {
        String half = claim(tensor.getName() + "/half");
        graph.addInitializer(
                files.add(tensor(half, DataType.FLOAT16, tensor.getDimsList()), ByteBuffer.wrap(packing.values())));
        node("Cast", List.of(half), tensor.getName(), Attribute.of("to", DataType.FLOAT.code()));
    }

    private void steps(TensorProto tensor, ProductMatrix matrix, Packing packing, WeightFiles files)
            throws IOException {
        String steps = claim(tensor.getName() + "/steps");
        String scale = claim(tensor.getName() + "/scale");
        // Blocks run along one dimension only, so a convolution's inputs must lie in one.
        boolean flat = packing.block() > 0 && tensor.getDimsCount() != 2;
        List<Long> dims = flat ? longs(matrix.dims()) : tensor.getDimsList();
        graph.addInitializer(files.add(tensor(steps, packing.type(), dims), ByteBuffer.wrap(packing.values())));
        graph.addInitializer(
                files.add(tensor(scale, DataType.FLOAT, longs(packing.scaleDims())), little(packing.scales())));
        String yielded = flat ? claim(tensor.getName() + "/matrix") : tensor.getName();
        if (packing.block() > 0) {
            node(
                    "DequantizeLinear",
                    List.of(steps, scale),
                    yielded,
                    Attribute.of("axis", matrix.inputAxis()),
                    Attribute.of("block_size", packing.block()));
        } else {
            node("DequantizeLinear", List.of(steps, scale), yielded, Attribute.of("axis", matrix.outputAxis()));
        }
        if (flat) {
            String shape = claim(tensor.getName() + "/shape");
            long[] elements =
                    tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
            ByteBuffer raw = ByteBuffer.allocate(elements.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            raw.asLongBuffer().put(elements);
            graph.addInitializer(tensor(shape, DataType.INT64, List.of((long) elements.length))
                    .setRawData(ByteString.copyFrom(raw)));
            node("Reshape", List.of(yielded, shape), tensor.getName());
        }
    }

    private void node(String op, List<String> inputs, String output, Attribute... attributes) {
        NodeProto.Builder node = NodeProto.newBuilder()
                .setName(claim(output + "/" + op))
                .setOpType(op)
                .addAllInput(inputs)
                .addOutput(output);
        for (Attribute attribute : attributes) {
            node.addAttribute(attribute.proto());
        }
        unpacking.add(node.build());
    }

    private String claim(String name) {
        String free = name;
        for (int i = 2; !names.add(free); i++) {
            free = name + "_" + i;
        }
        return free;
    }

    private static TensorProto.Builder tensor(String name, DataType type, List<Long> dims) {
        return TensorProto.newBuilder().setName(name).setDataType(type.code()).addAllDims(dims);
    }

    private static List<Long> longs(long[] values) {
        return Arrays.stream(values).boxed().toList();
    }

    private static ByteBuffer little(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }

    private void requireOperators() {
        long opset = model.getOpsetImportList().stream()
                .filter(each -> each.getDomain().isEmpty())
                .mapToLong(OperatorSetIdProto::getVersion)
                .max()
                .orElse(0);
        int least = precision == Precision.INT4 ? OPSET_OF_BLOCKS : OPSET_OF_AXES;
        if (precision != Precision.FP16 && opset < least) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "the graph is of operator set " + opset + ", and " + precision.id() + " needs " + least
                            + " or later: export it again");
        }
    }
}
