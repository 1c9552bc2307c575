package org.loupe.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** The tensors of one or several files. */
final class ShardedCheckpoint implements Checkpoint {
    private final List<TensorFile> files;
    private final Map<String, TensorFile> fileOf = new LinkedHashMap<>();
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

    private ShardedCheckpoint(List<TensorFile> files) {
        this.files = files;
        for (TensorFile file : files) {
            file.tensors().forEach((name, info) -> {
                if (tensors.put(name, info) != null) {
                    throw invalid(name + " stands in two files");
                }
                fileOf.put(name, file);
            });
        }
    }

    /** Opens all files, or closes those that were opened before one failed. */
    static ShardedCheckpoint open(Path directory, Collection<String> names, CheckpointFormat format)
            throws IOException {
        List<TensorFile> opened = new ArrayList<>();
        try {
            for (String name : names) {
                opened.add(TensorFile.open(directory.resolve(name), format));
            }
            return new ShardedCheckpoint(opened);
        } catch (IOException | RuntimeException e) {
            Checkpoints.closeAll(opened);
            throw e;
        }
    }

    /** Refuses an index that says something else than its shards. */
    void requireSame(Map<String, String> index, String indexFile) {
        Set<String> problems = new TreeSet<>();
        index.forEach((name, shard) -> {
            if (!tensors.containsKey(name)) {
                problems.add(name + " should stand in " + shard + " but does not");
            }
        });
        tensors.keySet().stream()
                .filter(name -> !index.containsKey(name))
                .forEach(name -> problems.add(name + " is not in the index"));
        if (!problems.isEmpty()) {
            throw invalid(indexFile + " and its shards disagree: " + String.join("; ", problems));
        }
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public void read(String name, long first, float[] target, int at, int count) throws IOException {
        TensorFile file = fileOf.get(name);
        if (file == null) {
            throw new IllegalArgumentException("no tensor is called " + name);
        }
        file.read(name, first, target, at, count);
    }

    @Override
    public void close() throws IOException {
        Checkpoints.closeAll(files);
    }

    private static ScoringException invalid(String what) {
        return new ScoringException(ErrorReason.CHECKPOINT_INVALID, what);
    }
}
