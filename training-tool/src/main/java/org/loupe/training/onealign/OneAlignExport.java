package org.loupe.training.onealign;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.CheckpointCopy;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.export.adapter.PeftWriter;

/** Writes what a network learned in the forms that others read. */
public final class OneAlignExport {
    private OneAlignExport() {}

    /**
     * The low-rank terms and what learned as a whole, as PEFT and the reference write them.
     *
     * @param directory made; holds nothing yet
     * @param base name of the checkpoint it was trained on
     * @throws IOException if it cannot be written
     */
    public static void peft(TrainableOneAlign network, String base, Path directory) throws IOException {
        Tuning.LowRank lowRank = network.tuning().lowRank();
        if (lowRank == null) {
            throw new IllegalArgumentException("a network without low-rank terms is no adapter");
        }
        Files.createDirectories(directory);
        try (TrainedTensors learned = new TrainedTensors(network)) {
            PeftWriter.write(
                    directory, new PeftWriter.Terms(base, lowRank.rank(), lowRank.alpha(), lowRank.dropout()), learned);
        }
    }

    /**
     * The whole network, low-rank terms added in: a Hugging Face checkpoint of the base's layout, what changed in 32 bits, the rest in the
     * base's own types.
     *
     * @param base directory of the checkpoint it was trained on; its configuration is copied
     * @param directory made; holds nothing yet
     * @throws IOException if something cannot be read or written
     */
    public static void checkpoint(
            TrainableOneAlign network, Path base, Path directory, CheckpointCopy.Progress progress) throws IOException {
        Files.createDirectories(directory);
        try (Checkpoint before = Checkpoints.open(base);
                TunedCheckpoint after = new TunedCheckpoint(before, network)) {
            CheckpointCopy.toDirectory(directory, after.tensors().values(), after::read, progress);
        }
        for (String file : new String[] {"config.json", "preprocessor_config.json"}) {
            Files.copy(base.resolve(file), directory.resolve(file));
        }
    }
}
