package org.loupe.adapter.folder;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.loupe.digest.Sha256;
import org.loupe.ingest.ScoreSink;
import org.loupe.ingest.ScoreStamp;
import org.loupe.metadata.ScoreFields;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/** The pipeline's view of the sidecars. Asset ids are paths below the root with {@code /} between names. Safe for many threads. */
final class FolderSink implements ScoreSink {
    private final FolderPaths paths;
    private final XmpSidecar sidecars;
    private final Function<Path, Set<Task>> wanted;
    private final Map<String, Path> written = new ConcurrentHashMap<>();

    /** @param wanted the tasks that a file's sidecar must have to be complete */
    FolderSink(FolderPaths paths, XmpSidecar sidecars, Function<Path, Set<Task>> wanted) {
        this.paths = paths;
        this.sidecars = sidecars;
        this.wanted = wanted;
    }

    @Override
    public Optional<ScoreStamp> stamp(String assetId) throws IOException {
        Path media = paths.file(assetId);
        try {
            return sidecars.read(sidecars.locate(media, () -> Sha256.hex(media)))
                    .filter(fields -> hasAll(fields, media))
                    .flatMap(ScoreStamp::of);
        } catch (SidecarException e) {
            throw conflict(e);
        }
    }

    @Override
    public void write(String assetId, ScoreFields fields) throws IOException {
        try {
            written.put(assetId, sidecars.write(paths.file(assetId), fields));
        } catch (SidecarException e) {
            throw conflict(e);
        }
    }

    /** @return the sidecar of the last write, once */
    @Nullable
    Path takeWritten(String assetId) {
        return written.remove(assetId);
    }

    private boolean hasAll(ScoreFields fields, Path media) {
        return wanted.apply(media).stream()
                .allMatch(task -> fields.text(ScoreFields.scoreField(task)).isPresent());
    }

    private static ScoringException conflict(SidecarException e) {
        return new ScoringException(ErrorReason.METADATA_CONFLICT, String.valueOf(e.getMessage()), e);
    }
}
