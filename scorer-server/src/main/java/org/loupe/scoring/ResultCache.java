package org.loupe.scoring;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.loupe.client.ScoreOptions;
import org.loupe.modelpackage.Manifest;
import org.loupe.preprocess.Preprocessor;
import org.loupe.score.AdapterRef;
import org.loupe.score.Score;
import org.loupe.score.ScoredMedia;
import org.loupe.score.Task;

/** Remembers results by content, so that the same bytes get the same score whatever batch they fall into. Bounded by rough weight. */
final class ResultCache {
    /** A key with its digests, and an entry with its map. */
    private static final int ENTRY_BYTES = 600;
    /** One task's probabilities and logits. */
    private static final int SCORE_BYTES = 500;
    /** One segment of a timeline with the map of its scores. */
    private static final int SEGMENT_BYTES = 200;

    /**
     * Everything a score depends on but the task.
     *
     * @param sha256 digest of the medium
     * @param modelDigest digest of the model
     * @param adapterDigest digest of the adapter; empty for none
     * @param orientation what was done with the camera's orientation
     * @param preprocessVersion version of the code that made the pixels
     * @param timeline what a clip's timeline also depends on; empty where none is asked for
     */
    record Key(
            String sha256,
            String modelDigest,
            String adapterDigest,
            ScoreOptions.Orientation orientation,
            int preprocessVersion,
            Optional<TimelineKey> timeline) {
        Key(String sha256, ModelLease lease, ScoreOptions options) {
            this(
                    sha256,
                    lease.model().ref().digest(),
                    lease.adapter().map(AdapterRef::digest).orElse(""),
                    options.orientation(),
                    Preprocessor.VERSION,
                    options.segmentSeconds() == 0
                            ? Optional.empty()
                            : Optional.of(new TimelineKey(options.segmentSeconds(), options.tasks())));
        }

        private Key withoutTimeline() {
            return new Key(sha256, modelDigest, adapterDigest, orientation, preprocessVersion, Optional.empty());
        }
    }

    /**
     * A timeline's cover depends on all tasks asked together.
     *
     * @param segmentSeconds length of a segment
     * @param tasks as asked
     */
    record TimelineKey(int segmentSeconds, Set<Task> tasks) {}

    private record Remembered(ScoredMedia media, Manifest.MediaKind kind) {}

    private final Cache<Key, Remembered> results;

    ResultCache(long bytes) {
        this.results = Caffeine.newBuilder()
                .maximumWeight(bytes)
                .weigher((Key key, Remembered value) -> weight(value.media()))
                .build();
    }

    private static int weight(ScoredMedia media) {
        int segments =
                media.timeline().map(timeline -> timeline.segments().size()).orElse(0);
        return ENTRY_BYTES + SCORE_BYTES * media.scores().size() + SEGMENT_BYTES * segments;
    }

    /** @return the answer if every task asked for is remembered, and the timeline where a clip's is asked for */
    Optional<ScoredMedia> find(Key key, LoadedModel model, Set<Task> wanted) {
        Remembered found = results.getIfPresent(key);
        if (found == null && key.timeline().isPresent()) {
            found = results.getIfPresent(key.withoutTimeline());
            if (found != null && found.kind() == Manifest.MediaKind.VIDEO) {
                return Optional.empty(); // only a still has said everything without one
            }
        }
        if (found == null) {
            return Optional.empty();
        }
        Map<Task, Score> scores = new EnumMap<>(Task.class);
        for (Task task : model.resolve(wanted, found.kind())) {
            Score score = found.media().scores().get(task);
            if (score == null) {
                return Optional.empty();
            }
            scores.put(task, score);
        }
        return Optional.of(with(found.media(), scores));
    }

    void remember(Key key, ScoredMedia media, Manifest.MediaKind kind) {
        if (media.timeline().isPresent()) {
            merge(key, media, kind);
        }
        merge(key.withoutTimeline(), media.withTimeline(Optional.empty()), kind);
    }

    private void merge(Key key, ScoredMedia media, Manifest.MediaKind kind) {
        results.asMap().merge(key, new Remembered(media, kind), (old, fresh) -> {
            Map<Task, Score> scores = new EnumMap<>(fresh.media().scores());
            scores.putAll(old.media().scores()); // what was once told stays told
            return new Remembered(with(fresh.media(), scores), fresh.kind());
        });
    }

    private static ScoredMedia with(ScoredMedia media, Map<Task, Score> scores) {
        return new ScoredMedia(
                media.mediaType(),
                media.model(),
                media.adapter(),
                media.frames(),
                media.sha256(),
                scores,
                media.timeline());
    }
}
