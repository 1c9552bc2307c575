package org.loupe.score;

import java.util.Locale;
import java.util.Optional;

/** What a panel of people would be asked about a picture. */
public enum Task {
    /** Technical quality: sharpness, noise, exposure, compression. */
    QUALITY,
    /** How pleasing the picture is to look at. */
    AESTHETICS;

    /** @return the lower-case name used on the command line, in manifests and in label files */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @return the task of that {@link #id()}, or nothing if there is none */
    public static Optional<Task> byId(String id) {
        for (Task task : values()) {
            if (task.id().equals(id)) {
                return Optional.of(task);
            }
        }
        return Optional.empty();
    }
}
