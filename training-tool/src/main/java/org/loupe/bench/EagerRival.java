package org.loupe.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.OneAlignTensors;
import org.loupe.export.OneAlignPrompts;
import org.loupe.modelpackage.Manifest;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.scoring.MemoryProbe;
import org.loupe.training.onealign.NumberType;
import org.loupe.training.onealign.OneAlignNetwork;

/** The same network written plainly in libtorch: what the graph's speed is held against. Owns the network; close it. */
final class EagerRival implements AutoCloseable {
    /** Of the memory to be had, what a network may take: the passes need some too. */
    private static final double SHARE_OF_MEMORY = 0.8;

    static {
        // The Java binding would stop at four times the heap; what a network takes is checked here, against the
        // machine's memory.
        // Read once, when the binding is loaded, which nothing here has done before.
        if (System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes") == null) {
            System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        }
    }

    private final OneAlignNetwork network;

    private EagerRival(OneAlignNetwork network) {
        this.network = network;
    }

    /**
     * @param checkpoint where its weights are; null for random ones, of which all layers share one set
     * @param threads threads of one operation, in the whole process
     * @return nothing if the machine has not the memory
     */
    static Optional<EagerRival> open(OneAlignConfig config, @Nullable Path checkpoint, NumberType type, int threads) {
        if (bytes(config, type, checkpoint == null) > SHARE_OF_MEMORY * available()) {
            return Optional.empty();
        }
        OneAlignNetwork.setThreads(threads);
        if (checkpoint == null) {
            return Optional.of(new EagerRival(OneAlignNetwork.random(config, type, 1)));
        }
        try (Checkpoint tensors = Checkpoints.open(checkpoint)) {
            return Optional.of(new EagerRival(OneAlignNetwork.load(config, tensors, type)));
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, checkpoint + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static double available() {
        return MemoryProbe.system()
                .read()
                .map(memory -> (double) memory.availableBytes())
                .orElse(Double.MAX_VALUE);
    }

    /** @return bytes of the parameters */
    private static double bytes(OneAlignConfig config, NumberType type, boolean shared) {
        int each = type == NumberType.FP32 ? Float.BYTES : Short.BYTES;
        double count = 0;
        for (var tensor : OneAlignTensors.expected(config).entrySet()) {
            String name = tensor.getKey();
            if (!shared || !name.contains("layers.") || name.contains("layers.0.")) {
                count += tensor.getValue().stream()
                        .mapToDouble(Long::doubleValue)
                        .reduce(1, (a, b) -> a * b);
            }
        }
        return count * each;
    }

    /**
     * One photo after the other is not what is compared: all photos of a batch go through together, once for each task.
     *
     * @param pixels {@code uint8[photos, side, side, 3]}
     */
    void score(ByteBuffer pixels, int photos, Task task) {
        network.levelLogits(pixels, photos, 1, prompt(task));
    }

    private static OneAlignNetwork.Prompt prompt(Task task) {
        for (OneAlignPrompts.Prompt prompt : OneAlignPrompts.ALL) {
            if (prompt.spec().task() == task && prompt.spec().mediaKind() == Manifest.MediaKind.IMAGE) {
                return new OneAlignNetwork.Prompt(prompt.before(), prompt.after(), OneAlignPrompts.levelIds());
            }
        }
        throw new IllegalArgumentException("no prompt asks for " + task);
    }

    @Override
    public void close() {
        network.close();
    }
}
