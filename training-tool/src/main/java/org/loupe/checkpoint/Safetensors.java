package org.loupe.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** The tensors of a checkpoint directory: {@code model.safetensors}, or shards named by {@code model.safetensors.index.json}. */
public final class Safetensors implements Checkpoint {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    // The index of the largest models is under 1 MB; anything far beyond is not an index.
    private static final long MAX_INDEX_BYTES = 100_000_000;

    private static final ObjectMapper JSON = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private final List<SafetensorsFile> files;
    private final Map<String, SafetensorsFile> fileOf;
    private final Map<String, TensorInfo> tensors;

    private Safetensors(List<SafetensorsFile> files) {
        this.files = files;
        Map<String, SafetensorsFile> owners = new LinkedHashMap<>();
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        for (SafetensorsFile file : files) {
            file.tensors().forEach((name, info) -> {
                if (infos.put(name, info) != null) {
                    throw invalid(name + " stands in two files");
                }
                owners.put(name, file);
            });
        }
        this.fileOf = Collections.unmodifiableMap(owners);
        this.tensors = Collections.unmodifiableMap(infos);
    }

    /**
     * Opens every file of the checkpoint and reads the headers.
     *
     * @param directory a directory in the Hugging Face layout
     * @throws ScoringException CHECKPOINT_INVALID if there are no safetensors or they contradict themselves or the index
     * @throws IOException if a file cannot be read
     */
    public static Safetensors open(Path directory) throws IOException {
        if (Files.isRegularFile(directory.resolve(SINGLE))) {
            return openAll(directory, List.of(SINGLE));
        }
        if (!Files.isRegularFile(directory.resolve(INDEX))) {
            throw invalid(
                    hasPickles(directory)
                            ? "this checkpoint is stored as PyTorch pickles, which this version does not read;"
                                    + " save it again as safetensors"
                            : "neither " + SINGLE + " nor " + INDEX + " in " + directory);
        }
        Map<String, String> index = readIndex(directory.resolve(INDEX));
        Safetensors opened = openAll(directory, new TreeSet<>(index.values()));
        try {
            opened.requireSame(index, directory);
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /**
     * Opens one file, whatever it is called.
     *
     * @throws ScoringException CHECKPOINT_INVALID if it contradicts itself
     * @throws IOException if it cannot be read
     */
    public static Safetensors openFile(Path file) throws IOException {
        return new Safetensors(List.of(SafetensorsFile.open(file)));
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public void read(String name, long first, float[] target, int at, int count) throws IOException {
        SafetensorsFile file = fileOf.get(name);
        if (file == null) {
            throw new IllegalArgumentException("no tensor is called " + name);
        }
        file.read(name, first, target, at, count);
    }

    @Override
    public void close() throws IOException {
        closeAll(files);
    }

    private static Safetensors openAll(Path directory, Iterable<String> names) throws IOException {
        List<SafetensorsFile> opened = new ArrayList<>();
        try {
            for (String name : names) {
                Path file = directory.resolve(name);
                if (!Files.isRegularFile(file)) {
                    throw invalid("the index names " + name + ", which is not there");
                }
                opened.add(SafetensorsFile.open(file));
            }
            return new Safetensors(opened);
        } catch (IOException | RuntimeException e) {
            closeAll(opened);
            throw e;
        }
    }

    private static void closeAll(List<SafetensorsFile> files) throws IOException {
        IOException first = null;
        for (SafetensorsFile file : files) {
            try {
                file.close();
            } catch (IOException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private static Map<String, String> readIndex(Path file) throws IOException {
        if (Files.size(file) > MAX_INDEX_BYTES) {
            throw invalid(INDEX + " is too large for an index");
        }
        JsonNode map;
        try {
            map = JSON.readTree(Files.readAllBytes(file)).path("weight_map");
        } catch (JsonProcessingException e) {
            throw invalid(INDEX + " is no JSON: " + e.getOriginalMessage());
        }
        if (!map.isObject() || map.isEmpty()) {
            throw invalid(INDEX + " has no weight_map");
        }
        Map<String, String> index = new LinkedHashMap<>();
        map.properties().forEach(field -> {
            String name = field.getValue().asText();
            // Shards lie beside their index: a path would let a checkpoint read any file of the machine.
            if (!field.getValue().isTextual() || !name.matches("[A-Za-z0-9_][A-Za-z0-9._-]*\\.safetensors")) {
                throw invalid(
                        INDEX + " places " + field.getKey() + " in " + field.getValue() + ", which is no shard's name");
            }
            index.put(field.getKey(), name);
        });
        return index;
    }

    private void requireSame(Map<String, String> index, Path directory) {
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
            throw invalid(INDEX + " of " + directory + " and its shards disagree: " + String.join("; ", problems));
        }
    }

    private static boolean hasPickles(Path directory) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.bin")) {
            return found.iterator().hasNext();
        }
    }

    private static ScoringException invalid(String what) {
        return new ScoringException(ErrorReason.CHECKPOINT_INVALID, what);
    }
}
