package org.loupe.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Opens checkpoints in the Hugging Face layout, of either format. */
public final class Checkpoints {
    // The index of the largest models is under 1 MB; anything far beyond is not an index.
    private static final long MAX_INDEX_BYTES = 100_000_000;
    // A pointer of Git LFS takes about 130 bytes.
    private static final long MAX_POINTER_BYTES = 1024;

    private static final ObjectMapper JSON = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private Checkpoints() {}

    /**
     * Opens every file of a checkpoint and reads what it says of its tensors. Where both formats are there, safetensors are taken.
     *
     * @param directory holds {@code model.safetensors} or {@code pytorch_model.bin}, or shards and the index that names them
     * @throws ScoringException CHECKPOINT_INVALID if there is no checkpoint, if it contradicts itself, or if a pickle asks for anything
     *     but tensors
     * @throws IOException if a file cannot be read
     */
    public static Checkpoint open(Path directory) throws IOException {
        for (CheckpointFormat format : CheckpointFormat.values()) {
            if (Files.isRegularFile(directory.resolve(format.singleFile()))) {
                refusePointer(directory.resolve(format.singleFile()));
                return ShardedCheckpoint.open(directory, List.of(format.singleFile()), format);
            }
            if (Files.isRegularFile(directory.resolve(format.indexFile()))) {
                return openShards(directory, format);
            }
        }
        throw invalid("no checkpoint in " + directory + ": needs "
                + CheckpointFormat.SAFETENSORS.singleFile() + " or " + CheckpointFormat.TORCH.singleFile()
                + ", or shards with " + CheckpointFormat.SAFETENSORS.indexFile() + " or "
                + CheckpointFormat.TORCH.indexFile());
    }

    /**
     * Opens a single file of tensors.
     *
     * @param file a {@code .safetensors} file, or one of {@code torch.save} under any other name
     * @throws ScoringException CHECKPOINT_INVALID as {@link #open} does
     * @throws IOException if the file cannot be read
     */
    public static Checkpoint openFile(Path file) throws IOException {
        refusePointer(file);
        boolean safe = CheckpointFormat.SAFETENSORS.mayBeShard(String.valueOf(file.getFileName()));
        return TensorFile.open(file, safe ? CheckpointFormat.SAFETENSORS : CheckpointFormat.TORCH);
    }

    /**
     * Closes all of them, whatever happens to one.
     *
     * @throws IOException the first failure
     */
    public static void closeAll(Collection<? extends Checkpoint> checkpoints) throws IOException {
        IOException first = null;
        for (Checkpoint checkpoint : checkpoints) {
            try {
                checkpoint.close();
            } catch (IOException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private static Checkpoint openShards(Path directory, CheckpointFormat format) throws IOException {
        Map<String, String> index = readIndex(directory, format);
        for (String name : new TreeSet<>(index.values())) {
            if (!Files.isRegularFile(directory.resolve(name))) {
                throw invalid(format.indexFile() + " names " + name + ", which is not there");
            }
            refusePointer(directory.resolve(name));
        }
        ShardedCheckpoint opened = ShardedCheckpoint.open(directory, new TreeSet<>(index.values()), format);
        try {
            opened.requireSame(index, format.indexFile());
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private static Map<String, String> readIndex(Path directory, CheckpointFormat format) throws IOException {
        String indexFile = format.indexFile();
        Path file = directory.resolve(indexFile);
        if (Files.size(file) > MAX_INDEX_BYTES) {
            throw invalid(indexFile + " is too large for an index");
        }
        JsonNode map;
        try {
            map = JSON.readTree(Files.readAllBytes(file)).path("weight_map");
        } catch (JsonProcessingException e) {
            throw invalid(indexFile + " is no JSON: " + e.getOriginalMessage());
        }
        if (!map.isObject() || map.isEmpty()) {
            throw invalid(indexFile + " has no weight_map");
        }
        Map<String, String> index = new LinkedHashMap<>();
        map.properties().forEach(field -> {
            String name = field.getValue().asText();
            // Shards lie beside their index: a path would let a checkpoint read any file of the machine.
            if (!field.getValue().isTextual() || !format.mayBeShard(name)) {
                throw invalid(indexFile + " places " + field.getKey() + " in " + field.getValue()
                        + ", which is no shard's name");
            }
            index.put(field.getKey(), name);
        });
        return index;
    }

    /** A repository cloned without Git LFS holds a note in place of every large file. */
    private static void refusePointer(Path file) throws IOException {
        if (Files.size(file) <= MAX_POINTER_BYTES
                && new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
                        .startsWith("version https://git-lfs")) {
            throw invalid(file.getFileName() + " is not the weights but a pointer of Git LFS:"
                    + " install git-lfs and run `git lfs pull` in "
                    + file.toAbsolutePath().getParent());
        }
    }

    private static ScoringException invalid(String what) {
        return new ScoringException(ErrorReason.CHECKPOINT_INVALID, what);
    }
}
