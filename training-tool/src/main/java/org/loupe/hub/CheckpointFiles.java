package org.loupe.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Which files of a repository make a checkpoint: its weights in one format, what describes them, and what says how they may be used. */
final class CheckpointFiles {
    /** Pickles of a training run's state; nobody who scores needs them. */
    private static final Set<String> STATE =
            Set.of("training_args.bin", "optimizer.bin", "scheduler.bin", "random_states.bin");
    /** Tensors trained beside a low-rank adapter; published in PyTorch's format whatever the adapter's is. */
    private static final String BESIDE_ADAPTER = "non_lora_trainables.bin";

    private CheckpointFiles() {}

    /**
     * @return in the hub's order, small files first so that what is wrong shows early
     * @throws ScoringException CHECKPOINT_INVALID if there are no weights of that format
     */
    static List<HubFile> of(HubRepository repository, WeightFormat format) {
        List<HubFile> top = repository.files().stream().filter(HubFile::atTop).toList();
        boolean hasSafetensors = top.stream().anyMatch(CheckpointFiles::isSafetensors);
        boolean safetensors = format == WeightFormat.SAFETENSORS || (format == WeightFormat.ANY && hasSafetensors);
        List<HubFile> small = new ArrayList<>();
        List<HubFile> weights = new ArrayList<>();
        for (HubFile file : top) {
            boolean wanted = safetensors ? isSafetensors(file) : isTorch(file);
            if (wanted) {
                weights.add(file);
            } else if (file.name().equals(BESIDE_ADAPTER) || isDescription(file, safetensors)) {
                small.add(file);
            }
        }
        if (weights.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.CHECKPOINT_INVALID,
                    repository.id() + " holds no "
                            + (format == WeightFormat.ANY ? "" : format.name().toLowerCase(Locale.ROOT) + " ")
                            + "weights at its top, but: "
                            + String.join(
                                    ", ",
                                    top.stream().map(HubFile::path).limit(20).toList()));
        }
        small.addAll(weights);
        return small;
    }

    private static boolean isSafetensors(HubFile file) {
        return file.name().endsWith(".safetensors");
    }

    private static boolean isTorch(HubFile file) {
        String name = file.name();
        return (name.endsWith(".bin") || name.endsWith(".pt") || name.endsWith(".pth"))
                && !STATE.contains(name)
                && !name.equals(BESIDE_ADAPTER);
    }

    /** An index of shards that are not fetched would only mislead whoever reads the folder. */
    private static boolean isDescription(HubFile file, boolean safetensors) {
        String name = file.name();
        if (name.endsWith(".index.json")) {
            return name.contains("safetensors") == safetensors;
        }
        return name.endsWith(".json")
                || name.startsWith("license")
                || name.startsWith("licence")
                || name.startsWith("notice")
                || name.equals("readme.md")
                || name.equals("tokenizer.model");
    }
}
