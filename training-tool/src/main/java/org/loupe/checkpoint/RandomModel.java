package org.loupe.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scratch.StagingDirectory;

/**
 * A checkpoint of OneAlign's names and shapes with random weights: what import, precisions and speed are tried on where the real weights
 * cannot be had. The same request gives the same bytes on every machine.
 *
 * @param config the network
 * @param format how it is stored
 * @param type F32, F16 or BF16
 * @param shardBytes most bytes of tensors in one file
 * @param seed of the weights
 */
public record RandomModel(
        OneAlignConfig config, CheckpointFormat format, ElementType type, long shardBytes, long seed) {
    // Configuration, index and the frames around the tensors, and room for the file system to breathe.
    private static final long SPARE_BYTES = 64L << 20;

    /** @return bytes of the tensors */
    public long bytes() {
        return tensors().stream().mapToLong(TensorInfo::bytes).sum();
    }

    /**
     * Writes the checkpoint; it appears whole or not at all.
     *
     * @param out the directory to come; must not exist or be empty
     * @param progress told the bytes written so far, up to {@link #bytes()}; called by several threads
     * @throws ScoringException INVALID_REQUEST if something is there already; IO_FAILED if it cannot be written or the disk is too small
     */
    public void write(Path out, LongConsumer progress) {
        try {
            requireFree(out);
            try (StagingDirectory staging = StagingDirectory.beside(out)) {
                requireSpace(staging.path());
                OneAlignConfigWriter.write(config, type, staging.path());
                Files.writeString(staging.path().resolve("README.md"), readme());
                try (CheckpointWriter writer = CheckpointWriter.create(staging.path(), format, shardBytes, tensors())) {
                    fill(writer, progress);
                    writer.finish();
                }
                staging.moveIntoPlace();
            }
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "could not write " + out + ": " + e, e);
        }
    }

    private List<TensorInfo> tensors() {
        List<TensorInfo> tensors = new ArrayList<>();
        OneAlignTensors.expected(config).forEach((name, shape) -> tensors.add(new TensorInfo(name, type, shape)));
        return tensors;
    }

    private void fill(CheckpointWriter writer, LongConsumer progress) throws IOException {
        RandomWeights weights = new RandomWeights(config, seed);
        List<Block> blocks = new ArrayList<>();
        for (TensorInfo tensor : tensors()) {
            for (long first = 0; first < tensor.elements(); first += RandomWeights.BLOCK) {
                blocks.add(new Block(tensor, first));
            }
        }
        AtomicLong written = new AtomicLong();
        Parallel.run(blocks.size(), () -> {
            float[] elements = new float[RandomWeights.BLOCK];
            return piece -> {
                Block block = blocks.get(piece);
                int count = (int) Math.min(RandomWeights.BLOCK, block.tensor().elements() - block.first());
                weights.fill(block.tensor(), block.first(), count, elements);
                writer.write(block.tensor().name(), block.first(), elements, 0, count);
                progress.accept(written.addAndGet((long) count * type.bytes()));
            };
        });
    }

    private record Block(TensorInfo tensor, long first) {}

    private static void requireFree(Path out) throws IOException {
        if (!Files.exists(out)) {
            return;
        }
        boolean free = false;
        if (Files.isDirectory(out)) {
            try (var children = Files.newDirectoryStream(out)) {
                free = !children.iterator().hasNext();
            }
        }
        if (!free) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, out + " exists already; nothing is overwritten, choose another place");
        }
    }

    private void requireSpace(Path directory) throws IOException {
        long free = Files.getFileStore(directory).getUsableSpace();
        if (free < bytes() + SPARE_BYTES) {
            throw new ScoringException(
                    ErrorReason.IO_FAILED,
                    String.format(
                            Locale.ROOT,
                            "the checkpoint takes %.1f GB, the disk at %s has %.1f GB left",
                            (bytes() + SPARE_BYTES) / 1e9,
                            directory.getParent(),
                            free / 1e9));
        }
    }

    private String readme() {
        return "# Random weights\n\nThis checkpoint has the names and shapes of OneAlign and random numbers (seed "
                + seed
                + "). It was made by `loupe model random` to try import, precisions and speed; its scores mean nothing.\n";
    }
}
