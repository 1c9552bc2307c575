package org.loupe.ingest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.loupe.client.MediaContent;
import org.loupe.metadata.ScoreFields;
import org.loupe.testkit.RepositoryUnderTest;

/** A media library in memory whose assets are known by their names. */
final class InMemoryRepository implements RepositoryUnderTest {
    private final Map<String, byte[]> assets = new ConcurrentHashMap<>();
    private final Map<String, ScoreFields> scores = new ConcurrentHashMap<>();
    private volatile Consumer<String> changed = asset -> {};

    @Override
    public AssetSource source() {
        return asset -> Optional.ofNullable(assets.get(asset)).map(bytes -> MediaContent.of(bytes, asset));
    }

    @Override
    public ScoreSink sink() {
        return new ScoreSink() {
            @Override
            public Optional<ScoreStamp> stamp(String asset) {
                return Optional.ofNullable(scores.get(asset)).flatMap(ScoreStamp::of);
            }

            @Override
            public void write(String asset, ScoreFields fields) {
                scores.put(asset, fields);
                changed.accept(asset);
            }
        };
    }

    @Override
    public String put(String name, byte[] bytes) {
        assets.put(name, bytes);
        changed.accept(name);
        return name;
    }

    @Override
    public Map<String, String> fields(String asset) {
        Map<String, String> texts = new LinkedHashMap<>();
        ScoreFields fields = scores.get(asset);
        if (fields != null) {
            fields.values().forEach((name, value) -> texts.put(name, value.asText()));
        }
        return texts;
    }

    @Override
    public Iterable<String> assetIds() {
        return List.copyOf(assets.keySet());
    }

    @Override
    public void subscribe(Consumer<String> listener) {
        changed = listener;
    }

    @Override
    public void close() {}
}
