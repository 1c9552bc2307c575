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

    /**
     * Everything a score depends on but the task.
     *
     * @param sha256 digest of the medium
     * @param modelDigest digest of the model
     * @param adapterDigest digest of the adapter; empty for none
     * @param orientation what was done with the camera's orientation
     * @param preprocessVersion version of the code that made the pixels
     */
    record Key(
            String sha256,
            String modelDigest,
            String adapterDigest,
            ScoreOptions.Orientation orientation,
            int preprocessVersion) {
        Key(String sha256, ModelLease lease, ScoreOptions options) {
            this(
                    sha256,
                    lease.model().ref().digest(),
                    lease.adapter().map(AdapterRef::digest).orElse(""),
                    options.orientation(),
                    Preprocessor.VERSION);
        }
    }

    private record Remembered(ScoredMedia media, Manifest.MediaKind kind) {}

    private final Cache<Key, Remembered> results;

    ResultCache(long bytes) {
        this.results = Caffeine.newBuilder()
                .maximumWeight(bytes)
                .weigher((Key key, Remembered value) ->
                        ENTRY_BYTES + SCORE_BYTES * value.media().scores().size())
                .build();
    }

    /** @return the answer if every task asked for is remembered */
    Optional<ScoredMedia> find(Key key, LoadedModel model, Set<Task> wanted) {
        Remembered found = results.getIfPresent(key);
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
