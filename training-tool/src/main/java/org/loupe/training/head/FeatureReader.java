package org.loupe.training.head;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.loupe.decode.Frame;
import org.loupe.digest.Sha256;
import org.loupe.engine.EngineConfig;
import org.loupe.export.small.FeatureExtractor;
import org.loupe.export.small.FeatureGraph;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scratch.ScratchDirectory;

/**
 * Statistics of frames, computed by the very graph that is exported. What was computed once is kept in a file, so that a run that was
 * interrupted, or another recipe on the same pictures, does not compute it again. May be used by several threads.
 */
public final class FeatureReader implements AutoCloseable {
    private final FeatureExtractor extractor;
    private final Map<String, float[]> known = new ConcurrentHashMap<>();
    private final DataOutputStream store;
    private final int width;

    private FeatureReader(FeatureExtractor extractor, int width, Path file) throws IOException {
        this.extractor = extractor;
        this.width = width;
        long good = load(file);
        if (Files.exists(file) && good < Files.size(file)) {
            try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
                channel.truncate(good); // the last record of a run that was killed
            }
        }
        this.store = new DataOutputStream(new BufferedOutputStream(
                Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)));
    }

    /**
     * @param directory where the file of known features lies; made if absent
     * @param network whose outputs follow the statistics, if any
     * @throws ScoringException IO_FAILED if it cannot be used
     */
    public static FeatureReader open(Path directory, Optional<Network> network) {
        try {
            Files.createDirectories(directory);
            // one thread a run: pictures, not operators, are what runs side by side
            FeatureExtractor extractor =
                    FeatureExtractor.open(EngineConfig.DEFAULT.withThreads(1).withDevice("cpu"), network);
            try {
                int width = FeatureGraph.names().size()
                        + network.map(Network::outputs).orElse(0);
                return new FeatureReader(extractor, width, directory.resolve("features-" + version(network) + ".bin"));
            } catch (IOException | RuntimeException e) {
                extractor.close();
                throw e;
            }
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot keep features in " + directory + ": " + e, e);
        }
    }

    /** Other statistics or another network must never read these features: the file is named after the graph that computed them. */
    private static String version(Optional<Network> network) throws IOException {
        try (ScratchDirectory scratch = ScratchDirectory.create("feature-graph")) {
            FeatureGraph.write(scratch.path(), network);
            StringBuilder digests = new StringBuilder();
            try (var files = Files.list(scratch.path())) {
                for (Path file : files.sorted().toList()) {
                    digests.append(Sha256.hex(Files.readAllBytes(file)));
                }
            }
            return Sha256.shortHex(digests.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * @param key names the picture's bytes and everything done to it
     * @param frame asked only when the features are not known yet
     * @return one raw feature vector, shared: do not change it
     */
    public float[] features(String key, Supplier<Frame> frame) {
        float[] found = known.get(key);
        if (found != null) {
            return found;
        }
        float[] computed = extractor.features(frame.get());
        for (float value : computed) {
            if (!Float.isFinite(value)) {
                throw new ScoringException(ErrorReason.MODEL_FAILED, "a statistic of " + key + " is not a number");
            }
        }
        keep(key, computed);
        return computed;
    }

    /** @return whether the features of that key are known, so that no frame will be asked for */
    public boolean knows(String key) {
        return known.containsKey(key);
    }

    private void keep(String key, float[] features) {
        synchronized (store) {
            if (known.putIfAbsent(key, features) == null) {
                try {
                    store.writeUTF(key);
                    for (float value : features) {
                        store.writeFloat(value);
                    }
                } catch (IOException e) {
                    throw new ScoringException(ErrorReason.IO_FAILED, "cannot keep features: " + e, e);
                }
            }
        }
    }

    private long load(Path file) throws IOException {
        if (!Files.exists(file)) {
            return 0;
        }
        long good = 0;
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 20))) {
            byte[] record = new byte[width * Float.BYTES];
            while (true) {
                String key = in.readUTF();
                in.readFully(record);
                float[] features = new float[width];
                ByteBuffer.wrap(record).asFloatBuffer().get(features);
                known.put(key, features);
                good += 2 + key.getBytes(StandardCharsets.UTF_8).length + record.length;
            }
        } catch (EOFException e) {
            return good;
        }
    }

    @Override
    public void close() {
        try (extractor) {
            store.close();
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot keep features: " + e, e);
        }
    }
}
