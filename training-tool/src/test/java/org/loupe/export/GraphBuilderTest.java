package org.loupe.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphBuilderTest {
    @Test
    void runtimeLoadsAndRunsWhatIsWritten(@TempDir Path directory) throws IOException, OrtException {
        GraphBuilder graph = new GraphBuilder("affine");
        String x = graph.input("x", DataType.FLOAT, "rows", 2);
        String first = graph.weight("/fc/weight", new long[] {2, 2}, DataType.FLOAT, WeightSource.of(1, 2, 3, 4));
        String second = graph.weight("/fc/bias", new long[] {2}, DataType.FLOAT, WeightSource.of(10, 20));
        String product = graph.node("/fc/MatMul", "MatMul", List.of(x, first));
        String sum = graph.node("/fc/Add", "Add", List.of(product, second));
        String scaled = graph.node("/scale/Mul", "Mul", List.of(sum, graph.scalar("/scale/two", 2f)));
        List<String> halves = graph.nodes(
                "/split/Split", "Split", List.of(scaled), 2, Attribute.of("axis", 1), Attribute.of("num_outputs", 2));
        String gelu = graph.node("/gelu/QuickGelu", "com.microsoft.QuickGelu", List.of(halves.get(1)));
        graph.output(halves.get(0), "left", DataType.FLOAT, "rows", 1L);
        graph.output(gelu, "right", DataType.FLOAT, "rows", 1L);
        graph.write(directory);

        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(
                        directory.resolve("model.onnx").toString());
                OnnxTensor input = OnnxTensor.createTensor(environment, new float[][] {{1, 1}, {0, 0}});
                OrtSession.Result result = session.run(Map.of("x", input))) {
            assertThat((float[][]) result.get("left").orElseThrow().getValue())
                    .isDeepEqualTo(new float[][] {{28}, {20}});
            assertThat((float[][]) result.get("right").orElseThrow().getValue())
                    .isDeepEqualTo(new float[][] {{52}, {40}});
        }
        assertThat(Files.size(directory.resolve("model.onnx.data")))
                .as("the second weight starts on a page of its own")
                .isEqualTo(GraphBuilder.PAGE + 8)
                .isEqualTo(graph.dataBytes());
    }

    @Test
    void refusesAnInputThatNothingYields() {
        GraphBuilder graph = new GraphBuilder("g");
        assertThatThrownBy(() -> graph.node("/a/Relu", "Relu", List.of("nowhere")))
                .hasMessage("/a/Relu takes nowhere, which nothing yields");
    }

    @Test
    void refusesTheSamePathTwice() {
        GraphBuilder graph = new GraphBuilder("g");
        graph.vector("/a/shape", 1, 2);
        assertThatThrownBy(() -> graph.vector("/a/shape", 1, 2)).hasMessage("two things are called /a/shape");
    }

    @Test
    void refusesAConstantOfTheWrongSize() {
        assertThatThrownBy(() -> new GraphBuilder("g").floats("/a/c", new long[] {3}, 1, 2))
                .hasMessage("/a/c needs 12 bytes, got 8");
    }

    @Test
    void refusesAWeightOfTwoGibibytes() {
        assertThatThrownBy(() -> new GraphBuilder("g")
                        .weight("/a/w", new long[] {1 << 15, 1 << 14}, DataType.FLOAT, channel -> {}))
                .hasMessageContaining("/a/w has 2147483648 bytes");
    }

    @Test
    void failsWhenASourceGivesTooFewBytes(@TempDir Path directory) {
        GraphBuilder graph = new GraphBuilder("g");
        graph.weight("/a/w", new long[] {2}, DataType.FLOAT, WeightSource.of(1));
        assertThatThrownBy(() -> graph.write(directory))
                .isInstanceOf(IOException.class)
                .hasMessage("/a/w gave 4 of 8 bytes");
    }

    @Test
    void failsWhenASourceGivesTooManyBytes(@TempDir Path directory) {
        GraphBuilder graph = new GraphBuilder("g");
        graph.weight("/a/w", new long[] {1}, DataType.UINT8, channel -> channel.write(ByteBuffer.allocate(2)));
        assertThatThrownBy(() -> graph.write(directory))
                .isInstanceOf(IOException.class)
                .hasMessage("/a/w gives more than its 1 bytes");
    }
}
