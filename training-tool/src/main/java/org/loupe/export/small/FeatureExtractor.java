package org.loupe.export.small;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.loupe.decode.Frame;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtGraph;
import org.loupe.export.small.SmallModel.Network;

/**
 * Runs {@link FeatureGraph} over frames through the same engine that serves. Any number of threads may call {@link #features}; the graph
 * lies in a temporary directory that {@link #close} removes.
 */
public final class FeatureExtractor implements AutoCloseable {
    private final Path directory;
    private final OrtGraph graph;

    private FeatureExtractor(Path directory, OrtGraph graph) {
        this.directory = directory;
        this.graph = graph;
    }

    /** Writes a graph with {@code pixels uint8[F, H, W, 3]} in and {@code features float32[F, N]} out. */
    @FunctionalInterface
    public interface GraphFiles {
        /** @param directory exists and holds no graph yet */
        void write(Path directory) throws IOException;
    }

    /**
     * @param config give it one thread when several threads call {@link #features}
     * @throws IOException if the temporary directory cannot be written
     */
    public static FeatureExtractor open(EngineConfig config) throws IOException {
        return open(config, Optional.empty());
    }

    /**
     * @param network whose outputs follow the statistics, if any
     * @throws IOException if the temporary directory cannot be written
     */
    public static FeatureExtractor open(EngineConfig config, Optional<Network> network) throws IOException {
        return open(config, directory -> FeatureGraph.write(directory, network));
    }

    /**
     * @param files writes the graph that is run, whatever its features are
     * @throws IOException if the temporary directory cannot be written
     */
    public static FeatureExtractor open(EngineConfig config, GraphFiles files) throws IOException {
        Path directory = Files.createTempDirectory("loupe-features");
        try {
            files.write(directory);
            return new FeatureExtractor(directory, OrtGraph.open(directory.resolve("model.onnx"), config));
        } catch (IOException | RuntimeException e) {
            delete(directory);
            throw e;
        }
    }

    /**
     * @param frame preprocessed as the model wants it: no longer than {@link SmallGraph#MAX_SHORT_SIDE} and
     *     {@link SmallGraph#MAX_LONG_SIDE}
     * @return statistics in the order of {@link FeatureGraph#names()}, then the outputs of the network if there is one
     * @throws org.loupe.score.ScoringException MODEL_FAILED if the engine refuses
     */
    public float[] features(Frame frame) {
        ByteBuffer pixels = ByteBuffer.allocateDirect(frame.rgb().length);
        pixels.put(frame.rgb()).flip();
        EngineBatch batch =
                new EngineBatch(1, frame.height(), frame.width(), pixels, new long[][] {{0}}, new long[] {0});
        float[][] rows = graph.run(batch, Set.of(FeatureGraph.OUTPUT)).get(FeatureGraph.OUTPUT);
        if (rows == null) {
            throw new IllegalStateException("the engine left out " + FeatureGraph.OUTPUT);
        }
        return rows[0];
    }

    @Override
    public void close() throws IOException {
        graph.close();
        delete(directory);
    }

    private static void delete(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(directory)) {
            files = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
