package org.loupe.ingest;

import java.io.IOException;
import java.util.Optional;
import org.loupe.score.ModelRef;
import org.loupe.score.ScoringException;

/**
 * Goes through a library and submits what lacks a score of the present model. Every adapter has one, because events get lost: a host was
 * down, a webhook was not delivered.
 */
public final class Sweep {
    private final IngestPipeline pipeline;
    private final ScoreSink sink;

    /** Both stay the caller's. */
    public Sweep(IngestPipeline pipeline, ScoreSink sink) {
        this.pipeline = pipeline;
        this.sink = sink;
    }

    /**
     * What a sweep did.
     *
     * @param seen assets looked at
     * @param submitted those given to the pipeline
     */
    public record Result(long seen, long submitted) {}

    /** How closely to look. */
    public enum Depth {
        /** Reads what is written for each asset: finds assets without a score and those of an earlier model. */
        STAMPS,
        /** Has the pipeline read the bytes of each asset as well: also finds bytes that changed while nobody watched. */
        BYTES
    }

    /**
     * Waits while the pipeline's backlog is full, so a library of any size can be swept. Where it cannot tell (no server says which model
     * is present, or the library cannot be read) it submits: the pipeline looks again and retries.
     *
     * @param assetIds every asset of the library; iterated once, may be lazy
     */
    public Result run(Iterable<String> assetIds, Depth depth) throws InterruptedException {
        long seen = 0;
        long submitted = 0;
        Optional<ModelRef> model = depth == Depth.STAMPS ? presentModel() : Optional.empty();
        for (String assetId : assetIds) {
            seen++;
            if (depth == Depth.BYTES || lacksScore(assetId, model)) {
                pipeline.submitWaiting(assetId);
                submitted++;
            }
        }
        return new Result(seen, submitted);
    }

    private boolean lacksScore(String assetId, Optional<ModelRef> model) {
        try {
            Optional<ScoreStamp> stamp = sink.stamp(assetId);
            return stamp.isEmpty() || model.isEmpty() || !stamp.get().isOf(model.get());
        } catch (IOException e) {
            return true;
        }
    }

    private Optional<ModelRef> presentModel() {
        try {
            return Optional.of(pipeline.presentModel());
        } catch (ScoringException e) {
            return Optional.empty();
        }
    }
}
