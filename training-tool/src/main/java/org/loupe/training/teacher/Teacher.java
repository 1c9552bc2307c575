package org.loupe.training.teacher;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.loupe.decode.Frame;
import org.loupe.engine.EngineConfig;
import org.loupe.export.small.FeatureExtractor;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * The teacher, ready to look at pictures. What it says of a picture: how strongly each channel of five inner layers answers, cell by cell.
 * Any number of threads may ask; close it.
 */
public final class Teacher implements AutoCloseable {
    /** Side of a cell, pixels. */
    public static final int CELL = 64;

    /** Channels of each layer, from the first to the last. */
    public static final List<Integer> LAYERS =
            TeacherGraph.TAPS.stream().map(tap -> tap[1]).toList();

    /** Channels of all layers together. */
    public static final int CHANNELS =
            LAYERS.stream().mapToInt(Integer::intValue).sum();

    private final FeatureExtractor graph;
    private final String digest;

    private Teacher(FeatureExtractor graph, String digest) {
        this.graph = graph;
        this.digest = digest;
    }

    /**
     * @param npmPackage folder of the unpacked npm package {@code nsfwjs} 4.4.0
     * @throws ScoringException INVALID_REQUEST if that is not the package; IO_FAILED if its graph cannot be written to a temporary folder
     */
    public static Teacher open(Path npmPackage) {
        TeacherWeights weights = new TeacherWeights(npmPackage);
        try {
            // one thread a run: pictures, not operators, are what runs side by side
            EngineConfig config = EngineConfig.DEFAULT.withThreads(1).withDevice("cpu");
            FeatureExtractor graph =
                    FeatureExtractor.open(config, directory -> TeacherGraph.writeCells(weights, directory));
            return new Teacher(graph, weights.digest());
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot prepare the teacher: " + e, e);
        }
    }

    /**
     * @param frame sides are multiples of {@link #CELL}
     * @return cell after cell, row by row: the mean of every channel over the cell, then the mean of its square
     */
    public float[] cells(Frame frame) {
        if (frame.width() % CELL != 0 || frame.height() % CELL != 0) {
            throw new IllegalArgumentException(frame.width() + " x " + frame.height() + " are no whole cells");
        }
        return graph.features(frame);
    }

    /** @return SHA-256 of the weights as the package keeps them */
    public String digest() {
        return digest;
    }

    @Override
    public void close() {
        try {
            graph.close();
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot remove the teacher's graph: " + e, e);
        }
    }
}
