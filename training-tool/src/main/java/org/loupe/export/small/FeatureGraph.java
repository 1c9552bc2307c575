package org.loupe.export.small;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.loupe.export.DataType;
import org.loupe.export.GraphBuilder;

/**
 * The statistics alone, as a graph: {@code pixels uint8[F, H, W, 3]} in, {@code features float32[F, N]} out, before clipping and
 * standardisation. What training reads and what the finished
 * model scores by is the same code.
 */
public final class FeatureGraph {
    private static final List<String> NAMES = build().names();

    private FeatureGraph() {}

    /** @return N names, the columns of {@code features}; unique, and fixed for one version of this program */
    public static List<String> names() {
        return NAMES;
    }

    /**
     * @param directory exists and holds no graph yet
     * @throws IOException if it cannot be written
     */
    public static void write(Path directory) throws IOException {
        build().graph().write(directory);
    }

    private record Built(GraphBuilder graph, List<String> names) {}

    private static Built build() {
        GraphBuilder graph = new GraphBuilder("loupe-small-features");
        String pixels = graph.input("pixels", DataType.UINT8, "F", "H", "W", 3);
        Statistics statistics = Statistics.of(new Ops(graph), pixels);
        graph.output(
                statistics.features(),
                "features",
                DataType.FLOAT,
                "F",
                statistics.names().size());
        return new Built(graph, statistics.names());
    }
}
