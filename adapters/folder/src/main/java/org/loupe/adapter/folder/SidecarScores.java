package org.loupe.adapter.folder;

import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.loupe.score.Task;

/**
 * What a sidecar says about one file.
 *
 * @param mos mean opinion score of each task, 1 (bad) to 5 (excellent); at least one
 * @param model name of the model that answered
 * @param modelVersion its version
 * @param scoredAt when; a sidecar keeps whole seconds
 * @param sha256 digest of the bytes that were scored, lower-case hexadecimal
 */
record SidecarScores(Map<Task, Double> mos, String model, String modelVersion, Instant scoredAt, String sha256) {
    SidecarScores {
        Map<Task, Double> copy = new EnumMap<>(Task.class);
        copy.putAll(mos);
        mos = Collections.unmodifiableMap(copy);
    }

    /** @return whether both speak of the same bytes and the same model, whatever the numbers */
    boolean sameSubject(SidecarScores other) {
        return sha256.equals(other.sha256) && model.equals(other.model) && modelVersion.equals(other.modelVersion);
    }
}
