package org.loupe.score;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * Everything known about one scored picture or clip.
 *
 * @param mediaType media type by content, for instance {@code image/jpeg}
 * @param model the model that answered
 * @param adapter the taste adapter that was asked for; empty where the model answered as it is
 * @param frames frames looked at; 1 for a still
 * @param sha256 digest of the bytes that were scored, lower-case hexadecimal
 * @param scores one score per task asked
 * @param timeline how a clip does over its time; empty for a still and where it was not asked for
 */
public record ScoredMedia(
        String mediaType,
        ModelRef model,
        Optional<AdapterRef> adapter,
        int frames,
        String sha256,
        Map<Task, Score> scores,
        Optional<Timeline> timeline) {
    public ScoredMedia {
        Map<Task, Score> copy = new EnumMap<>(Task.class);
        copy.putAll(scores);
        scores = Collections.unmodifiableMap(copy);
    }

    /** Without an adapter and without a timeline. */
    public ScoredMedia(String mediaType, ModelRef model, int frames, String sha256, Map<Task, Score> scores) {
        this(mediaType, model, Optional.empty(), frames, sha256, scores, Optional.empty());
    }

    public ScoredMedia withTimeline(Optional<Timeline> other) {
        return new ScoredMedia(mediaType, model, adapter, frames, sha256, scores, other);
    }
}
