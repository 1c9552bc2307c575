package org.loupe.export;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.ElementType;
import org.loupe.checkpoint.TensorInfo;

/** One large product of a precision, alone in a graph: rows in, rows out. */
final class ProductRun implements AutoCloseable {
    private static final String MODULE = "product";

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    private final OrtSession session;

    /** @param weight {@code [out, in]} */
    ProductRun(Path directory, Precision precision, float[][] weight) throws IOException, OrtException {
        Files.createDirectories(directory);
        GraphBuilder graph = new GraphBuilder("product");
        CheckpointWeights weights = new CheckpointWeights(new OneMatrix(weight));
        Layers layers = new Layers(graph, weights, precision, AdapterTargets.NONE, SmoothingPlan.NONE);
        String x = graph.input("x", DataType.FLOAT, "row", weight[0].length);
        graph.output(layers.product(MODULE, x), "y", DataType.FLOAT, "row", weight.length);
        graph.write(directory);
        // as the engine sets it: exact sums also where the processor's fast 8-bit instructions saturate
        options.addConfigEntry("session.x64quantprecision", "1");
        session = environment.createSession(
                directory.resolve(GraphBuilder.GRAPH_FILE).toString(), options);
    }

    float[][] run(float[][] rows) throws OrtException {
        FloatBuffer flat = FloatBuffer.allocate(rows.length * rows[0].length);
        for (float[] row : rows) {
            flat.put(row);
        }
        try (OnnxTensor x =
                        OnnxTensor.createTensor(environment, flat.flip(), new long[] {rows.length, rows[0].length});
                OrtSession.Result result = session.run(Map.of("x", x))) {
            return (float[][]) result.get(0).getValue();
        }
    }

    @Override
    public void close() throws OrtException {
        try {
            session.close();
        } finally {
            options.close();
        }
    }

    /** A checkpoint of one matrix. */
    private record OneMatrix(float[][] rows) implements Checkpoint {
        @Override
        public Map<String, TensorInfo> tensors() {
            Map<String, TensorInfo> tensors = new HashMap<>();
            String name = MODULE + ".weight";
            tensors.put(
                    name, new TensorInfo(name, ElementType.F32, List.of((long) rows.length, (long) rows[0].length)));
            return tensors;
        }

        @Override
        public void read(String name, long first, float[] target, int at, int count) {
            int width = rows[0].length;
            for (int i = 0; i < count; i++) {
                long element = first + i;
                target[at + i] = rows[(int) (element / width)][(int) (element % width)];
            }
        }

        @Override
        public void close() {
            // Nothing to close.
        }
    }
}
