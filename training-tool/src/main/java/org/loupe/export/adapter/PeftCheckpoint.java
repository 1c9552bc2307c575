package org.loupe.export.adapter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.checkpoint.TensorInfo;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * A PEFT adapter, opened and compared with the base it was trained on: the LoRA pairs of {@code adapter_model} and the tensors trained in
 * full, which Q-Align and DeQA-Score keep in {@code non_lora_trainables} and PEFT in {@code adapter_model}. One owner closes it.
 */
final class PeftCheckpoint implements AutoCloseable {
    private static final String ADAPTER = "adapter_model";
    private static final String TRAINED_IN_FULL = "non_lora_trainables";
    private static final String ABSTRACTOR = "model.visual_abstractor.";
    private static final String POSITIONS = "_pos_embed";
    // The same table stored in two types: bf16 keeps eight bits, fp16 steps by 2^-24 around zero.
    private static final float BFLOAT_ROUNDING = 0x1p-8f;
    private static final float HALF_ROUNDING = 0x1p-24f;
    // PEFT strips the adapter's name ("default") when it saves; a bare state dict keeps it.
    private static final Pattern PAIR = Pattern.compile("(.+)\\.lora_([AB])(\\.[A-Za-z0-9_-]+)?\\.weight");
    private static final Pattern WRAPPED =
            Pattern.compile("(.+)\\.(modules_to_save\\.[A-Za-z0-9_-]+|base_layer)\\.(.+)");
    // Beyond this a list tells nothing more: the adapter is of another network.
    private static final int MOST_NAMED = 100;

    private final List<Checkpoint> files;
    private final Map<String, Checkpoint> owners = new TreeMap<>();
    private final Map<String, LowRank> pairs = new LinkedHashMap<>();
    private final Map<String, String> replaced = new TreeMap<>();

    private PeftCheckpoint(List<Checkpoint> files) {
        this.files = files;
    }

    /**
     * Opens the files and checks every tensor against the base.
     *
     * @param directory the adapter's checkpoint
     * @param config its configuration
     * @param base name and shape of every tensor of the base
     * @param takes whether the base package has a low-rank term at a module
     * @param takesAbstractor whether the base package's abstractor can be replaced
     * @throws ScoringException CHECKPOINT_INVALID naming everything missing, unexpected, mis-shaped or without a place in the package
     * @throws IOException if a file cannot be read
     */
    static PeftCheckpoint open(
            Path directory,
            PeftConfig config,
            Map<String, List<Long>> base,
            Predicate<String> takes,
            boolean takesAbstractor)
            throws IOException {
        List<Checkpoint> files = new ArrayList<>();
        try {
            files.add(openOne(directory, ADAPTER)
                    .orElseThrow(() -> new ScoringException(
                            ErrorReason.CHECKPOINT_INVALID,
                            "neither " + ADAPTER + ".safetensors nor " + ADAPTER + ".bin in " + directory)));
            openOne(directory, TRAINED_IN_FULL).ifPresent(files::add);
            PeftCheckpoint opened = new PeftCheckpoint(files);
            opened.match(config, base, takes, takesAbstractor);
            return opened;
        } catch (IOException | RuntimeException e) {
            Checkpoints.closeAll(files);
            throw e;
        }
    }

    private static Optional<Checkpoint> openOne(Path directory, String name) throws IOException {
        Path safe = directory.resolve(name + ".safetensors");
        if (Files.isRegularFile(safe)) {
            return Optional.of(Checkpoints.openFile(safe));
        }
        Path pickled = directory.resolve(name + ".bin");
        if (Files.isRegularFile(pickled)) {
            return Optional.of(Checkpoints.openFile(pickled));
        }
        return Optional.empty();
    }

    private void match(
            PeftConfig config, Map<String, List<Long>> base, Predicate<String> takes, boolean takesAbstractor) {
        List<String> problems = new ArrayList<>();
        Map<String, Map<String, TensorInfo>> found = new TreeMap<>();
        for (Checkpoint file : files) {
            file.tensors().forEach((name, info) -> {
                if (owners.put(name, file) != null) {
                    problems.add(name + " stands in two files");
                }
                if (!info.type().readableAsFloat()) {
                    problems.add(name + " is of type " + info.type() + ", needs F32, F16 or BF16");
                }
                Matcher pair = PAIR.matcher(name);
                if (pair.matches()) {
                    String module = known(pair.group(1), base, ".weight");
                    if (module == null) {
                        problems.add(name + " belongs to no linear module of the base");
                    } else {
                        found.computeIfAbsent(module, key -> new TreeMap<>()).put(pair.group(2), info);
                    }
                } else {
                    whole(name, info, base, takesAbstractor, problems);
                }
            });
        }
        found.forEach((module, tensors) -> pair(module, tensors, config, base, takes, problems));
        for (String tensor : base.keySet()) {
            String module = tensor.endsWith(".weight") ? tensor.substring(0, tensor.length() - 7) : "";
            if (base.get(tensor).size() == 2 && config.targets(module) && !found.containsKey(module)) {
                problems.add("the low-rank pair of " + module + " is missing");
            }
        }
        if (pairs.isEmpty() && replaced.isEmpty() && problems.isEmpty()) {
            problems.add("there is no tensor in it");
        }
        refuse(problems);
    }

    private void pair(
            String module,
            Map<String, TensorInfo> tensors,
            PeftConfig config,
            Map<String, List<Long>> base,
            Predicate<String> takes,
            List<String> problems) {
        TensorInfo a = tensors.get("A");
        TensorInfo b = tensors.get("B");
        List<Long> shape = base.get(module + ".weight");
        if (a == null || b == null || shape == null) {
            problems.add(module + " has no lora_" + (a == null ? "A" : "B"));
            return;
        }
        if (!takes.test(module)) {
            problems.add(module + " has a low-rank pair, but the base package takes none there; import the base with"
                    + " --adapter-targets that name it");
        }
        long rank = config.rank(module);
        shape(a, List.of(rank, shape.get(1)), problems);
        shape(b, List.of(shape.get(0), rank), problems);
        pairs.put(
                module,
                new LowRank(
                        module,
                        a.name(),
                        b.name(),
                        (int) rank,
                        config.scale(module),
                        Math.toIntExact(shape.get(1)),
                        Math.toIntExact(shape.get(0))));
    }

    private void whole(
            String name,
            TensorInfo info,
            Map<String, List<Long>> base,
            boolean takesAbstractor,
            List<String> problems) {
        Matcher wrapped = WRAPPED.matcher(name);
        String tensor = known(wrapped.matches() ? wrapped.group(1) + "." + wrapped.group(3) : name, base, "");
        if (tensor == null) {
            problems.add(name + " is unexpected");
        } else if (!tensor.startsWith(ABSTRACTOR)) {
            problems.add(name + " was trained in full; only the abstractor's tensors can be, of the rest an adapter"
                    + " brings low-rank pairs");
        } else if (!takesAbstractor) {
            problems.add(name + " was trained in full, but the base package's abstractor is fixed; import the base with"
                    + " --adapter-targets that name the abstractor");
        } else {
            List<Long> wanted = base.get(tensor);
            shape(info, wanted == null ? List.of() : wanted, problems);
            replaced.put(tensor, name);
        }
    }

    private static void shape(TensorInfo info, List<Long> wanted, List<String> problems) {
        if (!info.shape().equals(wanted)) {
            problems.add(info.name() + " has the shape " + info.shape() + ", needs " + wanted);
        }
    }

    /**
     * Refuses position tables that are not the base's. They stand in the base's graph as constants which no adapter replaces, so other ones
     * would be accepted and have no effect. Q-Align keeps them in {@code non_lora_trainables} untouched, and that is fine.
     *
     * @throws ScoringException CHECKPOINT_INVALID naming the tables that differ
     * @throws IOException if one cannot be read
     */
    void requirePositionsOf(Checkpoint base) throws IOException {
        List<String> problems = new ArrayList<>();
        for (Map.Entry<String, String> tensor : replaced.entrySet()) {
            TensorInfo here = tensor.getKey().endsWith(POSITIONS) ? info(tensor.getValue()) : null;
            TensorInfo there = base.tensors().get(tensor.getKey());
            if (here != null && there != null) {
                float[] own = all(here.name(), 1, Math.toIntExact(here.elements()));
                float[] of = new float[own.length];
                base.read(there.name(), 0, of, 0, of.length);
                float rounding = here.type() == there.type() ? 0 : BFLOAT_ROUNDING;
                if (!same(own, of, rounding)) {
                    problems.add(here.name() + " is not the base's position table, and an adapter cannot bring its own;"
                            + " merge it into its base and import that");
                }
            }
        }
        refuse(problems);
    }

    private static boolean same(float[] own, float[] of, float rounding) {
        for (int i = 0; i < own.length; i++) {
            if (!(Math.abs(own[i] - of[i]) <= rounding * Math.abs(of[i]) + (rounding > 0 ? HALF_ROUNDING : 0))) {
                return false;
            }
        }
        return true;
    }

    private @Nullable TensorInfo info(String name) {
        Checkpoint owner = owners.get(name);
        return owner == null ? null : owner.tensors().get(name);
    }

    /** Wrappers put {@code base_model.} and {@code model.} before a name, some more than once. */
    private static @Nullable String known(String name, Map<String, List<Long>> base, String suffix) {
        String rest = name;
        while (true) {
            if (base.containsKey(rest + suffix)) {
                return rest;
            }
            if (rest.startsWith("base_model.")) {
                rest = rest.substring("base_model.".length());
            } else if (rest.startsWith("model.")) {
                rest = rest.substring("model.".length());
            } else {
                return null;
            }
        }
    }

    private static void refuse(List<String> problems) {
        if (!problems.isEmpty()) {
            List<String> sorted = new ArrayList<>(new TreeSet<>(problems));
            String more = sorted.size() > MOST_NAMED ? "; and " + (sorted.size() - MOST_NAMED) + " more" : "";
            throw new ScoringException(
                    ErrorReason.CHECKPOINT_INVALID,
                    "the adapter does not fit its base: "
                            + String.join("; ", sorted.subList(0, Math.min(sorted.size(), MOST_NAMED))) + more);
        }
    }

    /** @return the low-rank pair of each module */
    Map<String, LowRank> pairs() {
        return pairs;
    }

    /** @return name in the base of every tensor trained in full, to its name here */
    Map<String, String> replaced() {
        return replaced;
    }

    /** Reads as {@link Checkpoint#read} does. */
    void read(String name, long first, float[] target, int at, int count) throws IOException {
        Checkpoint owner = owners.get(name);
        if (owner == null) {
            throw new IllegalArgumentException("no tensor is called " + name);
        }
        owner.read(name, first, target, at, count);
    }

    /** @return all elements of a pair's matrix, row by row */
    float[] all(String name, int rows, int columns) throws IOException {
        float[] elements = new float[Math.multiplyExact(rows, columns)];
        read(name, 0, elements, 0, elements.length);
        return elements;
    }

    @Override
    public void close() throws IOException {
        Checkpoints.closeAll(files);
    }
}
