package org.loupe.export.small;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.loupe.export.DataType;
import org.loupe.export.GraphBuilder;
import org.loupe.export.small.SmallModel.Network;

/**
 * The statistics alone, as a graph: {@code pixels uint8[F, H, W, 3]} in, {@code features float32[F, N]} out, before clipping and
 * standardisation. What training reads and what the finished model scores by is the same code.
 */
public final class FeatureGraph {
    /** Name of the output. */
    public static final String OUTPUT = "features";

    private static final List<String> NAMES = build(Optional.empty()).names();

    private FeatureGraph() {}

    /** @return N names, the columns of {@code features}; unique, and fixed for one version of this program */
    public static List<String> names() {
        return NAMES;
    }

    /** @return names of all inputs of a model with that network: the statistics, then {@code net_0} and so on */
    public static List<String> names(Optional<Network> network) {
        List<String> names = new ArrayList<>(NAMES);
        network.ifPresent(present -> names.addAll(present.names()));
        return List.copyOf(names);
    }

    /**
     * @param directory exists and holds no graph yet
     * @throws IOException if it cannot be written
     */
    public static void write(Path directory) throws IOException {
        write(directory, Optional.empty());
    }

    /**
     * Writes what the heads of a model with this network look at: the N statistics, then its outputs.
     *
     * @param directory exists and holds no graph yet
     * @throws IOException if it cannot be written
     */
    public static void write(Path directory, Optional<Network> network) throws IOException {
        build(network).graph().write(directory);
    }

    private record Built(GraphBuilder graph, List<String> names) {}

    private static Built build(Optional<Network> network) {
        GraphBuilder graph = new GraphBuilder("loupe-small-features");
        String pixels = graph.input("pixels", DataType.UINT8, "F", "H", "W", 3);
        Ops ops = new Ops(graph);
        Statistics statistics = Statistics.of(ops, pixels);
        int width = statistics.names().size() + network.map(Network::outputs).orElse(0);
        graph.output(SmallGraph.inputs(ops, statistics, network), OUTPUT, DataType.FLOAT, "F", width);
        return new Built(graph, statistics.names());
    }
}
