package org.loupe.dataset.convert;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.loupe.score.Task;
import org.loupe.training.data.Scale;

/** What was read of a set, growing while it is read. For one thread. */
final class Conversion {
    private final Task task;
    private final Scale scale;
    private final List<Label> labels = new ArrayList<>();
    private final Map<Path, String> splits = new LinkedHashMap<>();
    private final List<String> missing = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    /**
     * @param task what was asked
     * @param scale what the numbers are on; of votes their steps
     */
    Conversion(Task task, Scale scale) {
        this.task = task;
        this.scale = scale;
    }

    /**
     * One rating.
     *
     * @param file absolute
     * @param mos on the set's scale; NaN where the votes tell
     * @param std likewise
     * @param votes worst step first; empty where only the mean is known
     */
    record Label(Path file, double mos, OptionalDouble std, List<Integer> votes) {
        Label {
            votes = List.copyOf(votes);
        }
    }

    /** Adds a picture of which the mean is known, or notes that the picture is not there. */
    Optional<Path> mean(String name, Optional<Path> picture, double mos, OptionalDouble std) {
        return add(name, picture, new Label(picture.orElse(Path.of("")), mos, std, List.of()));
    }

    /** Adds a picture of which every vote is known, or notes that the picture is not there. */
    Optional<Path> votes(String name, Optional<Path> picture, List<Integer> votes) {
        return add(name, picture, new Label(picture.orElse(Path.of("")), Double.NaN, OptionalDouble.empty(), votes));
    }

    private Optional<Path> add(String name, Optional<Path> picture, Label label) {
        if (picture.isEmpty()) {
            missing.add(name);
        } else {
            labels.add(label);
        }
        return picture;
    }

    /** @param split as the authors call it; training and validation become train and val */
    void split(Path picture, String split) {
        splits.put(
                picture,
                switch (split.toLowerCase(Locale.ROOT)) {
                    case "training" -> "train";
                    case "validation" -> "val";
                    default -> split.toLowerCase(Locale.ROOT);
                });
    }

    /** What a reader of the figures must know. */
    void note(String text) {
        notes.add(text);
    }

    Task task() {
        return task;
    }

    Scale scale() {
        return scale;
    }

    List<Label> labels() {
        return labels;
    }

    Map<Path, String> splits() {
        return splits;
    }

    /** @return pictures that have a label but are not in the folder, as they are told */
    List<String> missing() {
        return missing;
    }

    List<String> notes() {
        return notes;
    }
}
