package org.loupe.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** One file of tensors; safe for several readers at a time. */
interface TensorFile extends Checkpoint {
    /**
     * @throws org.loupe.score.ScoringException CHECKPOINT_INVALID if the file is not what its format asks for
     * @throws IOException if it cannot be read
     */
    static TensorFile open(Path file, CheckpointFormat format) throws IOException {
        return format == CheckpointFormat.SAFETENSORS ? SafetensorsFile.open(file) : TorchFile.open(file);
    }

    @Override
    Map<String, TensorInfo> tensors();
}
