package org.loupe.export.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtGraph;
import org.loupe.export.Attribute;
import org.loupe.export.DataType;
import org.loupe.export.GraphBuilder;
import org.loupe.export.Precision;
import org.loupe.export.WeightSource;
import org.loupe.export.onnx.ModelProto;
import org.loupe.export.onnx.OperatorSetIdProto;
import org.loupe.export.onnx.TensorProto;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

class GraphConversionTest {
    private static final EngineConfig ONE_THREAD = EngineConfig.DEFAULT.withThreads(1);
    private static final String ANSWER = "answer";
    private static final int SIDE = 8;
    private static final int FRAMES = 2;
    private static final int IN = SIDE * SIDE * 3;

    @TempDir
    private Path folder;

    private final SplittableRandom random = new SplittableRandom(7);

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"FP16", "INT8", "INT4"})
    void weightsThatFitThePrecisionAnswerAsBefore(Precision precision) throws IOException {
        Path before = graph(precision);
        Path after = Files.createDirectory(folder.resolve("after"));
        GraphConversion.Result result = new GraphConversion(before, precision).write(after, done -> {});
        assertThat(result.matrices()).isEqualTo(3);
        assertThat(result.weights()).isEqualTo(IN * 40 + 40 * 33 + 48 * 27);
        assertThat(answers(after)).isDeepEqualTo(answers(before));
    }

    @Test
    void vectorsConstantsAndWhatIsReadInTwoWaysStayAsTheyAre() throws IOException {
        Path before = graph(Precision.INT8);
        Path after = Files.createDirectory(folder.resolve("after"));
        new GraphConversion(before, Precision.INT8).write(after, done -> {});
        List<TensorProto> floats = initializers(after).stream()
                .filter(tensor -> tensor.getDataType() == DataType.FLOAT.code()
                        && tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL)
                .toList();
        assertThat(floats)
                .extracting(TensorProto::getName)
                .containsExactlyInAnyOrder("second/scale", "conv/scale", "bias", "vector", "disputed");
    }

    @Test
    void whatAnotherLearnedMatrixReadsKeeps16Bits() throws IOException {
        Path before = graph(Precision.INT8);
        Path after = Files.createDirectory(folder.resolve("after"));
        new GraphConversion(before, Precision.INT8).write(after, done -> {});
        assertThat(initializers(after))
                .filteredOn(tensor -> tensor.getDataType() == DataType.FLOAT16.code())
                .extracting(TensorProto::getName)
                .containsExactly("first/half");
    }

    @Test
    void theEngineUnpacksWhenItOpensAGraphAndNotAtEveryRun() throws IOException {
        for (Precision precision : List.of(Precision.FP16, Precision.INT8, Precision.INT4)) {
            Path before = graph(precision);
            Path after = Files.createDirectory(folder.resolve(precision.id() + "-after"));
            new GraphConversion(before, precision).write(after, done -> {});
            byte[] onnx = Files.readAllBytes(after.resolve(GraphBuilder.GRAPH_FILE));
            Path profile;
            try (OrtGraph graph = OrtGraph.measured(onnx, after, ONE_THREAD, folder.resolve(precision.id()))) {
                graph.run(batch(), Set.of(ANSWER));
                profile = graph.endProfile();
            }
            assertThat(Files.readString(profile))
                    .contains("MatMul")
                    .doesNotContain("first/DequantizeLinear", "conv/DequantizeLinear", "conv/Reshape", "first/Cast");
        }
    }

    @Test
    void anInputThatARunMayBringIsNotPacked() throws IOException {
        GraphBuilder graph = new GraphBuilder("optional", "first"::equals);
        String pixels = flat(graph);
        String product = graph.node("product", "MatMul", List.of(pixels, weight(graph, "first", 1, IN, 40)));
        graph.output(product, ANSWER, DataType.FLOAT, "F", 40);
        Path before = Files.createDirectory(folder.resolve("optional"));
        graph.write(before);
        assertThatExceptionOfType(ScoringException.class)
                .isThrownBy(() -> new GraphConversion(before, Precision.INT8))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(ErrorReason.INVALID_REQUEST))
                .withMessageContaining("nothing to convert");
    }

    @Test
    void weightsBeyondAHalfsRangeStayInFullPrecision() throws IOException {
        GraphBuilder graph = new GraphBuilder("large");
        String pixels = flat(graph);
        String product = graph.node("product", "MatMul", List.of(pixels, weight(graph, "first", 70_000, IN, 40)));
        graph.output(product, ANSWER, DataType.FLOAT, "F", 40);
        Path before = Files.createDirectory(folder.resolve("large"));
        graph.write(before);
        Path after = Files.createDirectory(folder.resolve("after"));
        GraphConversion.Result result = new GraphConversion(before, Precision.FP16).write(after, done -> {});
        assertThat(result.matrices()).isZero();
        assertThat(answers(after)).isDeepEqualTo(answers(before));
    }

    @Test
    void anOlderOperatorSetIsRefusedWhereItHasNoBlocks() throws IOException {
        Path before = graph(Precision.INT4);
        Path file = before.resolve(GraphBuilder.GRAPH_FILE);
        ModelProto.Builder older = ModelProto.parseFrom(Files.readAllBytes(file)).toBuilder();
        older.clearOpsetImport().addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17));
        Files.write(file, older.build().toByteArray());
        assertThatExceptionOfType(ScoringException.class)
                .isThrownBy(() -> new GraphConversion(before, Precision.INT4))
                .withMessageContaining("operator set 17");
        assertThat(new GraphConversion(before, Precision.INT8)).isNotNull();
    }

    @Test
    void aTensorOutsideTheDataFileIsRefused() throws IOException {
        Path before = graph(Precision.INT8);
        Path data = before.resolve(GraphBuilder.DATA_FILE);
        byte[] bytes = Files.readAllBytes(data);
        Files.write(data, Arrays.copyOf(bytes, 100));
        Path after = Files.createDirectory(folder.resolve("after"));
        assertThatExceptionOfType(ScoringException.class)
                .isThrownBy(() -> new GraphConversion(before, Precision.INT8).write(after, done -> {}))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(ErrorReason.MODEL_PACKAGE_INVALID))
                .withMessageContaining("lies outside the file");
    }

    /** Three matrices to convert: outputs last, outputs first, a convolution; and what is to stay: a bias, a vector, one of two readings. */
    private Path graph(Precision precision) throws IOException {
        GraphBuilder graph = new GraphBuilder("products");
        String pixels = flat(graph);
        String first = graph.node(
                "a", "MatMul", List.of(pixels, weight(graph, "first", steps(precision, 40, IN, false), IN, 40)));
        String second = graph.node(
                "b",
                "Gemm",
                List.of(
                        first,
                        weight(graph, "second", steps(precision, 33, 40, true), 33, 40),
                        weight(graph, "bias", 0.3f, 33)),
                Attribute.of("transB", 1));
        String planes =
                graph.node("planes", "Reshape", List.of(pixels, graph.vector("planes/shape", -1, 3, SIDE, SIDE)));
        String convolved = graph.node(
                "c",
                "Conv",
                List.of(planes, weight(graph, "conv", steps(precision, 48, 27, true), 48, 3, 3, 3)),
                Attribute.longs("pads", 1, 1, 1, 1));
        String pooled = graph.node(
                "pooled",
                "ReduceMean",
                List.of(convolved, graph.vector("pooled/axes", 2, 3)),
                Attribute.of("keepdims", 0));
        String scored = graph.node("d", "MatMul", List.of(pixels, weight(graph, "vector", 0.1f, IN, 1)));
        String disputed = weight(graph, "disputed", 0.01f, 48, 48);
        String once = graph.node("e", "MatMul", List.of(pooled, disputed));
        String square = graph.node(
                "f",
                "MatMul",
                List.of(disputed, graph.node("turned", "Transpose", List.of(once), Attribute.longs("perm", 1, 0))));
        String twice = graph.node("turnedBack", "Transpose", List.of(square), Attribute.longs("perm", 1, 0));
        String all = graph.node("all", "Concat", List.of(second, pooled, scored, once, twice), Attribute.of("axis", 1));
        graph.output(all, ANSWER, DataType.FLOAT, "F", 33 + 48 + 1 + 48 + 48);
        Path directory = Files.createDirectory(folder.resolve("before-" + precision.id()));
        graph.write(directory);
        return directory;
    }

    private static String flat(GraphBuilder graph) {
        String pixels = graph.input(OrtGraph.PIXELS, DataType.UINT8, "F", SIDE, SIDE, 3);
        String floats = graph.node("floats", "Cast", List.of(pixels), Attribute.of("to", DataType.FLOAT.code()));
        return graph.node("flat", "Reshape", List.of(floats, graph.vector("flat/shape", -1, IN)));
    }

    private String weight(GraphBuilder graph, String name, float size, long... dims) {
        float[] values = new float[Math.toIntExact(Arrays.stream(dims).reduce(1, Math::multiplyExact))];
        for (int i = 0; i < values.length; i++) {
            values[i] = size * (random.nextFloat() + 0.5f);
        }
        return weight(graph, name, values, dims);
    }

    private static String weight(GraphBuilder graph, String name, float[] values, long... dims) {
        return graph.weight(name, dims, DataType.FLOAT, WeightSource.of(values));
    }

    /** Whole numbers that are steps of the precision: the largest magnitude of an output, or of 32 of its inputs, is the last step. */
    private float[] steps(Precision precision, int outputs, int inputs, boolean outputsFirst) {
        float[] values = new float[outputs * inputs];
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                float value = precision == Precision.INT4
                        ? (i % 32 == 0 ? -8 : random.nextInt(-8, 8))
                        : (i == 0 ? 127 : random.nextInt(-127, 128));
                values[outputsFirst ? o * inputs + i : i * outputs + o] = value;
            }
        }
        return values;
    }

    private static float[][] answers(Path directory) {
        try (OrtGraph graph = OrtGraph.open(directory.resolve(GraphBuilder.GRAPH_FILE), ONE_THREAD)) {
            return Objects.requireNonNull(graph.run(batch(), Set.of(ANSWER)).get(ANSWER));
        }
    }

    private static EngineBatch batch() {
        ByteBuffer pixels = ByteBuffer.allocateDirect(FRAMES * IN);
        SplittableRandom colours = new SplittableRandom(3);
        while (pixels.hasRemaining()) {
            pixels.put((byte) colours.nextInt(256));
        }
        return new EngineBatch(FRAMES, SIDE, SIDE, pixels.flip(), new long[][] {{0}, {1}}, new long[] {0, 0});
    }

    private static List<TensorProto> initializers(Path directory) throws IOException {
        return ModelProto.parseFrom(Files.readAllBytes(directory.resolve(GraphBuilder.GRAPH_FILE)))
                .getGraph()
                .getInitializerList();
    }
}
