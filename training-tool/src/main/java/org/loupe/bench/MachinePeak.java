package org.loupe.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtGraph;
import org.loupe.export.Attribute;
import org.loupe.export.DataType;
import org.loupe.export.GraphBuilder;
import org.loupe.export.WeightSource;

/**
 * What the machine can do: one large product after the other through the same engine, nothing in between. 768 rows by 4096 x 4096, of which
 * several follow each other, so that weights come from memory as in a network.
 */
final class MachinePeak {
    private static final int SIDE = 4096;
    /** {@code 768 * 4096} numbers are exactly one picture of {@code 1024 x 1024 x 3}. */
    private static final int PICTURE_SIDE = 1024;

    private static final int PRODUCTS = 4;
    private static final int RUNS = 3;

    private MachinePeak() {}

    /**
     * @param fp32 10^12 operations a second with 32-bit numbers
     * @param int8 likewise with 8-bit weights and activations
     */
    record Peak(double fp32, double int8) {}

    static Peak measure(Path scratch, int threads) throws IOException {
        return new Peak(
                best(Files.createDirectory(scratch.resolve("peak-fp32")), threads, false),
                best(Files.createDirectory(scratch.resolve("peak-int8")), threads, true));
    }

    private static double best(Path directory, int threads, boolean bytes) throws IOException {
        build(bytes).write(directory);
        byte[] graph = Files.readAllBytes(directory.resolve(GraphBuilder.GRAPH_FILE));
        ByteBuffer pixels = ByteBuffer.allocateDirect(PICTURE_SIDE * PICTURE_SIDE * 3);
        EngineBatch batch = new EngineBatch(1, PICTURE_SIDE, PICTURE_SIDE, pixels, new long[][] {{0}}, new long[] {0});
        double best = 0;
        try (OrtGraph peak = OrtGraph.measured(
                graph, directory, EngineConfig.DEFAULT.withThreads(threads), directory.resolve("profile"))) {
            for (int i = 0; i < RUNS; i++) {
                peak.run(batch, Set.of("out"));
            }
            for (List<NodeRun> run : Profile.runs(peak.endProfile())) {
                for (NodeRun node : run) {
                    best = Math.max(best, MatrixProducts.flop(node) / 1e6 / Math.max(1, node.micros()));
                }
            }
        }
        return best;
    }

    private static GraphBuilder build(boolean bytes) {
        GraphBuilder graph = new GraphBuilder("peak");
        String pixels = graph.input(OrtGraph.PIXELS, DataType.UINT8, "frames", PICTURE_SIDE, PICTURE_SIDE, 3);
        String rows = graph.node("/Reshape", "Reshape", List.of(pixels, graph.vector("/shape", -1, SIDE)));
        String in =
                bytes ? rows : graph.node("/Cast", "Cast", List.of(rows), Attribute.of("to", DataType.FLOAT.code()));
        String sum = "";
        for (int i = 0; i < PRODUCTS; i++) {
            String product = product(graph, "/" + i, in, bytes);
            String some = graph.node(
                    "/" + i + "/Slice",
                    "Slice",
                    List.of(product, graph.vector("/" + i + "/from", 0), graph.vector("/" + i + "/to", 1)));
            sum = i == 0 ? some : graph.node("/" + i + "/Add", "Add", List.of(sum, some));
        }
        graph.output(sum, "out", DataType.FLOAT, 1, SIDE);
        return graph;
    }

    private static String product(GraphBuilder graph, String path, String in, boolean bytes) {
        long[] shape = {SIDE, SIDE};
        if (!bytes) {
            String weight = graph.weight(path + "/weight", shape, DataType.FLOAT, noise(SIDE * SIDE * Float.BYTES));
            return graph.node(path + "/MatMul", "MatMul", List.of(in, weight));
        }
        String weight = graph.weight(path + "/weight", shape, DataType.INT8, noise(SIDE * SIDE));
        float[] scales = new float[SIDE];
        Arrays.fill(scales, 1e-4f);
        return graph.node(
                path + "/MatMulIntegerToFloat",
                "com.microsoft.MatMulIntegerToFloat",
                List.of(
                        in,
                        weight,
                        graph.scalar(path + "/one", 1f),
                        graph.weight(path + "/scales", new long[] {SIDE}, DataType.FLOAT, WeightSource.of(scales)),
                        graph.constant(path + "/zero", DataType.UINT8, new long[0], new byte[] {(byte) 128})));
    }

    /** Bytes in which every group of four is a float of ordinary size. */
    private static WeightSource noise(int count) {
        return channel -> {
            SplittableRandom random = new SplittableRandom(3);
            byte[] piece = new byte[1 << 16];
            for (int written = 0; written < count; written += piece.length) {
                random.nextBytes(piece);
                for (int i = 3; i < piece.length; i += Float.BYTES) {
                    piece[i] = (byte) ((piece[i] & 0x80) | 0x3c);
                }
                ByteBuffer buffer = ByteBuffer.wrap(piece);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
        };
    }
}
