package org.loupe.ingest;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.util.Optional;
import org.loupe.client.MediaContent;
import org.loupe.client.ScoringClient;
import org.loupe.digest.Sha256;
import org.loupe.media.MediaTypes;
import org.loupe.metadata.ScoreFields;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;

/** What is done for one asset: look, decide, score, write. Keeps nothing between assets; safe for use by many threads. */
final class AssetScoring {
    private final AssetSource source;
    private final ScoreSink sink;
    private final ScoringClient client;
    private final PresentModel presentModel;
    private final IngestPolicy policy;
    private final Clock clock;

    AssetScoring(
            AssetSource source,
            ScoreSink sink,
            ScoringClient client,
            PresentModel presentModel,
            IngestPolicy policy,
            Clock clock) {
        this.source = source;
        this.sink = sink;
        this.client = client;
        this.presentModel = presentModel;
        this.policy = policy;
        this.clock = clock;
    }

    /**
     * @return the fields that were written, or nothing if the asset needed nothing
     * @throws ScoringException why it has no score
     * @throws IOException if source or sink cannot be used now
     */
    Optional<ScoreFields> process(String assetId) throws IOException {
        Optional<MediaContent> found = source.open(assetId);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        MediaContent content = found.get();
        if (!wanted(content)) {
            return Optional.empty();
        }
        String sha256 = sha256(content);
        Optional<ScoreStamp> stamp = sink.stamp(assetId);
        if (stamp.isPresent() && stamp.get().sha256().equals(sha256) && !outdated(stamp.get())) {
            return Optional.empty();
        }
        ScoredMedia media = client.score(content, policy.options());
        presentModel.seen(media.model().adaptedBy(media.adapter()));
        if (!media.sha256().equals(sha256)) {
            throw new ScoringException(
                    ErrorReason.IO_FAILED, "the bytes scored are not those that were read: the file changed meanwhile");
        }
        ScoreFields fields = ScoreFields.of(media, clock.instant());
        sink.write(assetId, fields);
        return Optional.of(fields);
    }

    private boolean outdated(ScoreStamp stamp) {
        return policy.rescoreOnModelChange() && !stamp.isOf(presentModel.ref());
    }

    private boolean wanted(MediaContent content) throws IOException {
        long sizeBytes = content instanceof MediaContent.File file
                ? Files.size(file.path())
                : ((MediaContent.Bytes) content).bytes().length;
        if (sizeBytes < policy.minBytes()) {
            return false;
        }
        if (sizeBytes == 0) {
            throw new ScoringException(ErrorReason.MEDIA_EMPTY, "the file has no bytes");
        }
        if (sizeBytes > policy.maxBytes()) {
            throw new ScoringException(
                    ErrorReason.MEDIA_TOO_LARGE,
                    "the file has " + sizeBytes + " bytes, ingest.max-bytes allows " + policy.maxBytes());
        }
        String type = content instanceof MediaContent.File file
                ? MediaTypes.detect(file.path())
                : MediaTypes.detect(
                        ((MediaContent.Bytes) content).bytes(),
                        content.fileName().orElse(null));
        if (!MediaTypes.isSupported(type)) {
            throw new ScoringException(
                    ErrorReason.UNSUPPORTED_MEDIA_TYPE, "the bytes are " + type + ", which is not scored");
        }
        return policy.mediaTypes().contains(type);
    }

    private static String sha256(MediaContent content) throws IOException {
        return content instanceof MediaContent.File file
                ? Sha256.hex(file.path())
                : Sha256.hex(((MediaContent.Bytes) content).bytes());
    }
}
