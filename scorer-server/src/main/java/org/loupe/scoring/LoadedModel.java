package org.loupe.scoring;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import org.loupe.batch.ScoreQueue;
import org.loupe.device.Device;
import org.loupe.modelpackage.Manifest;
import org.loupe.preprocess.Preprocessor;
import org.loupe.score.ErrorReason;
import org.loupe.score.ModelRef;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/**
 * A model that answers.
 *
 * @param manifest what it is
 * @param preprocessor how it wants its pixels
 * @param devices where it was loaded
 * @param queue where its jobs wait; owned by {@link Models}
 */
public record LoadedModel(Manifest manifest, Preprocessor preprocessor, List<Device> devices, ScoreQueue queue) {
    public LoadedModel {
        devices = List.copyOf(devices);
    }

    public ModelRef ref() {
        return manifest.ref();
    }

    /** @return the tasks it answers for that kind of media, in the order of {@link Task} */
    public Set<Task> tasks(Manifest.MediaKind kind) {
        return tasks(manifest, kind);
    }

    /** @return the tasks a model of that manifest answers for that kind of media, in the order of {@link Task} */
    public static Set<Task> tasks(Manifest manifest, Manifest.MediaKind kind) {
        Set<Task> tasks = EnumSet.noneOf(Task.class);
        for (Task task : Task.values()) {
            if (manifest.promptIndex(task, kind).isPresent()) {
                tasks.add(task);
            }
        }
        return tasks;
    }

    /**
     * @param wanted empty for all
     * @return the tasks to answer, in the order of {@link Task}
     * @throws ScoringException TASK_NOT_SUPPORTED if one is wanted that the model does not have, or it has none for such media
     */
    List<Task> resolve(Set<Task> wanted, Manifest.MediaKind kind) {
        Set<Task> known = tasks(kind);
        Set<Task> resolved = wanted.isEmpty() ? known : wanted;
        if (known.isEmpty() || !known.containsAll(resolved)) {
            throw new ScoringException(
                    ErrorReason.TASK_NOT_SUPPORTED,
                    ref() + " answers for " + kind.name().toLowerCase(Locale.ROOT) + ": "
                            + (known.isEmpty()
                                    ? "nothing"
                                    : String.join(
                                            ", ", known.stream().map(Task::id).toList())));
        }
        return resolved.stream().sorted().toList();
    }

    List<Integer> prompts(List<Task> tasks, Manifest.MediaKind kind) {
        List<Integer> prompts = new ArrayList<>();
        for (Task task : tasks) {
            OptionalInt index = manifest.promptIndex(task, kind);
            prompts.add(index.orElseThrow(() -> new IllegalStateException("resolved tasks have prompts")));
        }
        return prompts;
    }
}
