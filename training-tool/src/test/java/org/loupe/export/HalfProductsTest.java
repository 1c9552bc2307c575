package org.loupe.export;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a processor makes of products of halves. */
class HalfProductsTest {
    private static final int IN = 4096;

    /**
     * 2048 and 1 is 2048 in 16 bits: who adds products in halves loses some. ONNX Runtime 1.29 multiplies halves that way where a
     * bias follows, in a plain loop that takes minutes where 1.28 takes seconds. A version that does must not become ours unseen.
     */
    @Test
    void processorAddsProductsOfHalvesIn32Bits(@TempDir Path directory) throws IOException, OrtException {
        GraphBuilder graph = new GraphBuilder("halves");
        String x = cast(graph, "x", graph.input("rows", DataType.FLOAT, "row", IN), DataType.FLOAT16);
        String product = graph.node("product", "MatMul", List.of(x, halves(graph, "weight", 1, IN, 8)));
        String biased = graph.node("biased", "Add", List.of(product, halves(graph, "bias", 0, 8)));
        graph.output(cast(graph, "y", biased, DataType.FLOAT), "y", DataType.FLOAT, "row", 8);
        graph.write(directory);
        FloatBuffer ones = FloatBuffer.allocate(3 * IN);
        Arrays.fill(ones.array(), 1);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions();
                OrtSession session = environment.createSession(
                        directory.resolve(GraphBuilder.GRAPH_FILE).toString(), options);
                OnnxTensor rows = OnnxTensor.createTensor(environment, ones, new long[] {3, IN});
                OrtSession.Result result = session.run(Map.of("rows", rows))) {
            assertThat(((float[][]) result.get(0).getValue())[2]).containsOnly(IN);
        }
    }

    private static String halves(GraphBuilder graph, String path, float value, long... dims) {
        float[] values = new float[(int) Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
        Arrays.fill(values, value);
        return graph.weight(path, dims, DataType.FLOAT16, Halves.of(WeightSource.of(values)));
    }

    private static String cast(GraphBuilder graph, String path, String value, DataType type) {
        return graph.node(path + "/Cast", "Cast", List.of(value), Attribute.of("to", type.code()));
    }
}
