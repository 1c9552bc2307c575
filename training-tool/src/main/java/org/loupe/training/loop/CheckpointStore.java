package org.loupe.training.loop;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;
import org.loupe.digest.Sha256;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Check points of one fit on disk: the newest one to go on from, and the best weights. Each is a directory of {@code model.safetensors} and
 * {@code state.json}, written beside its place, forced to disk and renamed into it, so that whoever dies in between leaves only whole ones
 * and rubbish that the next run removes. For one thread and one process.
 */
public final class CheckpointStore {
    private static final String STATE = "state.json";
    private static final String TENSORS = "model.safetensors";
    private static final String PART = ".part";
    private static final String STEP = "step-";
    private static final String BEST = "best-";
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Path directory;
    private final boolean resume;

    /**
     * @param directory of this fit alone; made if absent
     * @param resume whether to go on from what lies there
     * @throws ScoringException INVALID_REQUEST if there are check points and nobody asked to resume: they may be worth days
     */
    public CheckpointStore(Path directory, boolean resume) {
        this.directory = directory;
        this.resume = resume;
        try {
            Files.createDirectories(directory);
            for (Path found : list("")) {
                if (!resume && !found.toString().endsWith(PART)) {
                    throw new ScoringException(
                            ErrorReason.INVALID_REQUEST,
                            directory + " holds check points of an earlier run: --resume goes on with it,"
                                    + " another --out begins anew");
                }
            }
            for (Path found : list("")) {
                if (found.toString().endsWith(PART)) {
                    delete(found);
                }
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** @return the newest whole check point of that run; null where there is none or nobody asked to resume */
    @Nullable
    LoopState latest(String identity) {
        if (!resume) {
            return null;
        }
        try {
            List<Path> found = list(STEP);
            for (int i = found.size() - 1; i >= 0; i--) {
                LoopState state = state(found.get(i));
                if (state != null) {
                    if (!state.identity().equals(identity)) {
                        throw new ScoringException(
                                ErrorReason.INVALID_REQUEST,
                                "the check points in " + directory + " were written with other data, another recipe or"
                                        + " another version: resume with what the run began with, or choose another --out");
                    }
                    return state;
                }
            }
            return null;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static @Nullable LoopState state(Path checkpoint) throws IOException {
        if (!Files.isRegularFile(checkpoint.resolve(STATE))) {
            return null;
        }
        LoopState state = JSON.readValue(Files.readAllBytes(checkpoint.resolve(STATE)), LoopState.class);
        return Sha256.hex(checkpoint.resolve(TENSORS)).equals(state.weights()) ? state : null;
    }

    /** Reads the tensors of a check point that {@link #latest} gave. */
    void load(LoopState state, Map<String, Tensor> tensors) {
        read(name(STEP, state.steps()), tensors);
    }

    void loadBest(long steps, Map<String, Tensor> tensors) {
        read(name(BEST, steps), tensors);
    }

    private void read(String name, Map<String, Tensor> tensors) {
        try {
            TensorStore.read(directory.resolve(name), tensors);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Writes a check point in place of all earlier ones, then removes best weights that nothing refers to any more. */
    void save(LoopState state, Map<String, Tensor> tensors) {
        try {
            String name = name(STEP, state.steps());
            write(name, state, tensors);
            for (Path found : list(STEP)) {
                if (!found.endsWith(name)) {
                    delete(found);
                }
            }
            keepBest(state.best(), List.of());
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Keeps weights that are among the best. */
    void saveBest(LoopState state, Map<String, Tensor> tensors) {
        try {
            write(name(BEST, state.steps()), state, tensors);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /**
     * Removes best weights.
     *
     * @param best that are kept
     * @param alsoBest that are kept because a check point still counts on them
     */
    void keepBest(List<LoopState.Best> best, List<LoopState.Best> alsoBest) {
        Set<String> kept = new HashSet<>();
        Stream.concat(best.stream(), alsoBest.stream()).forEach(b -> kept.add(name(BEST, b.steps())));
        try {
            for (Path found : list(BEST)) {
                if (!kept.contains(String.valueOf(found.getFileName()))) {
                    delete(found);
                }
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void write(String name, LoopState state, Map<String, Tensor> tensors) throws IOException {
        Path part = directory.resolve(name + PART);
        Path whole = directory.resolve(name);
        delete(part);
        Files.createDirectory(part);
        TensorStore.write(part, tensors);
        LoopState complete = new LoopState(
                state.identity(),
                state.steps(),
                state.lossSum(),
                state.lossCount(),
                state.best(),
                state.top(),
                state.withoutBetter(),
                state.metrics(),
                state.logBytes(),
                state.end(),
                Sha256.hex(part.resolve(TENSORS)));
        try (FileChannel channel =
                FileChannel.open(part.resolve(STATE), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(complete));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        delete(whole); // a resumed run comes past the same steps again, with the same bytes
        Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String name(String kind, long steps) {
        return kind + String.format(Locale.ROOT, "%09d", steps);
    }

    private List<Path> list(String prefix) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> found = new ArrayList<>(files.filter(file -> {
                        String name = String.valueOf(file.getFileName());
                        return (name.startsWith(STEP) || name.startsWith(BEST)) && name.startsWith(prefix);
                    })
                    .toList());
            found.sort(Comparator.naturalOrder());
            return found;
        }
    }

    /** The state goes first: what is left of a directory half deleted is no check point. */
    private static void delete(Path checkpoint) throws IOException {
        if (Files.isDirectory(checkpoint)) {
            Files.deleteIfExists(checkpoint.resolve(STATE));
            Files.deleteIfExists(checkpoint.resolve(TENSORS));
            Files.delete(checkpoint);
        }
    }

    private ScoringException failed(IOException e) {
        return new ScoringException(ErrorReason.IO_FAILED, "check points in " + directory + ": " + e, e);
    }
}
