package org.loupe.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The graph by which the engine finds out how its processor adds bytes is this one; {@code -Dloupe.rewrite} renews it. */
class ExactSumsGraphTest {
    private static final Path COMMITTED =
            Path.of("..", "scorer-server", "src", "main", "resources", "org", "loupe", "engine", "exact-sums.onnx");
    private static final int IN = 64;
    private static final int OUT = 16;

    @Test
    void committedGraphIsWhatTheBuilderWrites(@TempDir Path scratch) throws IOException {
        GraphBuilder graph = new GraphBuilder("exact-sums");
        String x = graph.input("x", DataType.UINT8, "row", IN);
        byte[] largest = new byte[IN * OUT];
        Arrays.fill(largest, (byte) 127);
        String one = graph.scalar("/one", 1f);
        String sums = graph.node(
                "/sums",
                "com.microsoft.MatMulIntegerToFloat",
                List.of(
                        x,
                        graph.constant("/weight", DataType.INT8, new long[] {IN, OUT}, largest),
                        one,
                        one,
                        graph.constant("/zero", DataType.UINT8, new long[0], new byte[1]),
                        graph.constant("/weight_zero", DataType.INT8, new long[0], new byte[1])));
        graph.output(sums, "y", DataType.FLOAT, "row", OUT);
        graph.write(scratch);
        Path written = scratch.resolve(GraphBuilder.GRAPH_FILE);
        if (System.getProperty("loupe.rewrite") != null) {
            Files.copy(written, COMMITTED, StandardCopyOption.REPLACE_EXISTING);
        }
        assertThat(COMMITTED).hasSameBinaryContentAs(written);
    }
}
