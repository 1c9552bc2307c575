package org.loupe.scoring;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.loupe.batch.JobAnswer;
import org.loupe.batch.ScoreJob;
import org.loupe.client.ScoreOptions;
import org.loupe.decode.DecodeRequest;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaDecoder;
import org.loupe.decode.MediaInfo;
import org.loupe.decode.Orientation;
import org.loupe.modelpackage.Manifest;
import org.loupe.score.Score;
import org.loupe.score.ScoredMedia;
import org.loupe.score.Task;

/**
 * One medium through one model: decodes on the calling thread, hands full segments to the queue while decoding goes on, combines what
 * comes back. A clip longer than the model can look at is cut into segments of the model's length; its votes are those of its segments,
 * weighted by their frames. For one medium and one thread; the futures it hands out are completed elsewhere.
 */
final class MediaScorer {
    private final ModelLease lease;
    private final LoadedModel model;
    private final ScoringRequest request;
    private final int segmentFrames;
    private final List<Frame> segment = new ArrayList<>();
    private final List<Segment> segments = new ArrayList<>();

    /** @param lease stays the caller's, and open until the answer is there */
    MediaScorer(ModelLease lease, ScoringRequest request) {
        this.lease = lease;
        this.model = lease.model();
        this.request = request;
        this.segmentFrames = model.manifest().limits().maxFrames();
    }

    private record Segment(int frames, CompletableFuture<JobAnswer> answer) {}

    /**
     * What became of a medium.
     *
     * @param kind still or video
     * @param media completes with the scores
     */
    record Outcome(Manifest.MediaKind kind, CompletableFuture<ScoredMedia> media) {}

    /** Decodes and submits all of the medium; on a failure everything submitted is taken back. */
    Outcome start(MediaDecoder decoder, String sha256) {
        try {
            Orientation orientation = request.options().orientation() == ScoreOptions.Orientation.IGNORE
                    ? Orientation.IGNORE
                    : Orientation.APPLY;
            DecodeRequest how = new DecodeRequest(model.preprocessor()::decodeReduction, orientation);
            MediaInfo info = decoder.decode(request.media(), how, (index, frame) -> take(frame));
            submit(info.kind());
            List<Task> tasks = model.resolve(request.options().tasks(), info.kind());
            CompletableFuture<ScoredMedia> media = all().thenApply(done -> combine(info, sha256, tasks));
            return new Outcome(info.kind(), media);
        } catch (RuntimeException e) {
            cancel();
            throw e;
        }
    }

    /** Takes back what waits in the queue. */
    void cancel() {
        segments.forEach(each -> each.answer().cancel(false));
    }

    private void take(Frame frame) {
        if (segment.size() == segmentFrames) {
            submit(Manifest.MediaKind.VIDEO); // a still has one frame
            if (segments.size() > 1) {
                // one segment in the queue while the next is decoded; more would only hold memory
                segments.get(segments.size() - 2).answer().join();
            }
        }
        Frame ready = model.preprocessor().apply(frame);
        if (!segment.isEmpty() && !sameSize(segment.get(0), ready)) {
            submit(Manifest.MediaKind.VIDEO); // a clip may change its size midway
        }
        segment.add(ready);
    }

    private void submit(Manifest.MediaKind kind) {
        if (segment.isEmpty()) {
            return;
        }
        List<Task> tasks = model.resolve(request.options().tasks(), kind);
        ScoreJob job = new ScoreJob(
                segment, model.prompts(tasks, kind), request.deadlineNanos(), request.lane(), lease.handle());
        segments.add(new Segment(segment.size(), model.queue().submit(job)));
        segment.clear();
    }

    private CompletableFuture<Void> all() {
        return CompletableFuture.allOf(segments.stream().map(Segment::answer).toArray(CompletableFuture<?>[]::new));
    }

    private ScoredMedia combine(MediaInfo info, String sha256, List<Task> tasks) {
        Map<Task, Score> scores = new EnumMap<>(Task.class);
        for (int row = 0; row < tasks.size(); row++) {
            Task task = tasks.get(row);
            scores.put(
                    task,
                    Score.of(
                            task,
                            model.manifest().levelNames(),
                            model.manifest().levelWeights(),
                            logits(row)));
        }
        int frames = segments.stream().mapToInt(Segment::frames).sum();
        return new ScoredMedia(
                info.mediaType(), model.ref(), lease.adapter(), frames, sha256, scores, Optional.empty());
    }

    private float[] logits(int row) {
        if (segments.size() == 1) {
            return segments.get(0).answer().join().levelLogits()[row];
        }
        double[] votes = new double[model.manifest().levels().size()];
        int frames = segments.stream().mapToInt(Segment::frames).sum();
        for (Segment each : segments) {
            double[] share = softmax(each.answer().join().levelLogits()[row]);
            for (int level = 0; level < votes.length; level++) {
                votes[level] += share[level] * each.frames() / frames;
            }
        }
        float[] logits = new float[votes.length];
        for (int level = 0; level < votes.length; level++) {
            logits[level] =
                    (float) Math.log(Math.max(votes[level], Float.MIN_NORMAL)); // finite also where nobody votes
        }
        return logits;
    }

    private static double[] softmax(float[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double[] shares = new double[logits.length];
        double sum = 0;
        for (int i = 0; i < logits.length; i++) {
            shares[i] = Math.exp(logits[i] - max);
            sum += shares[i];
        }
        for (int i = 0; i < logits.length; i++) {
            shares[i] /= sum;
        }
        return shares;
    }

    private static boolean sameSize(Frame a, Frame b) {
        return a.width() == b.width() && a.height() == b.height();
    }
}
