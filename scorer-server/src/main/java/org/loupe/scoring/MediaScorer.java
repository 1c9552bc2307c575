package org.loupe.scoring;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
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
import org.loupe.score.Timeline;

/**
 * One medium through one model: decodes on the calling thread, hands full segments to the queue while decoding goes on, combines what
 * comes back. A clip longer than the model can look at, or than fits the memory of a segment, is cut into segments; its votes are those
 * of its segments, weighted by their frames. One segment waits for the engine while the next is decoded, so memory does not grow with
 * the length of a film. For a timeline every frame is also asked about alone, as a picture; the segments do not change by that, so neither
 * do the scores. For one medium and one thread; the futures it hands out are completed elsewhere.
 */
final class MediaScorer {
    /**
     * Most bytes of pixels in a segment: the 64 frames of 448 x 448 that OneAlign looks at together need 39 MB. Models that want larger
     * frames look at fewer together.
     */
    private static final int SEGMENT_BYTES = 40 << 20;

    private final ModelLease lease;
    private final LoadedModel model;
    private final ScoringRequest request;
    private final ClipJobs jobs;
    private final List<Frame> segment = new ArrayList<>();
    private final List<Segment> segments = new ArrayList<>();

    /** Logits of each second's frame alone, {@code float32[task, level]}; empty unless a timeline was asked for. */
    private final List<CompletableFuture<float[][]>> seconds = new ArrayList<>();

    /** @param lease stays the caller's, and open until the answer is there */
    MediaScorer(ModelLease lease, ScoringRequest request) {
        this.lease = lease;
        this.model = lease.model();
        this.request = request;
        this.jobs = new ClipJobs(model.queue(), request);
    }

    /** @param logits {@code float32[task, level]} */
    private record Segment(int frames, CompletableFuture<float[][]> logits) {}

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
            CompletableFuture<ScoredMedia> unused = media.whenComplete((scored, failure) -> {
                if (failure != null) {
                    cancel(); // one part that failed is enough
                }
            });
            return new Outcome(info.kind(), media);
        } catch (RuntimeException e) {
            cancel();
            throw e;
        }
    }

    /** Takes back what waits in the queue; a decode under way ends at its next frame. */
    void cancel() {
        jobs.cancel();
    }

    private void take(Frame frame) {
        jobs.check();
        Frame ready = model.preprocessor().apply(frame);
        if (!segment.isEmpty() && (isFull(ready) || !sameSize(segment.get(0), ready))) {
            submit(Manifest.MediaKind.VIDEO); // a still has one frame; a clip may change its size midway
        }
        segment.add(ready);
    }

    private boolean isFull(Frame frame) {
        return segment.size() == model.manifest().limits().maxFrames()
                || (segment.size() + 1L) * frame.rgb().length > SEGMENT_BYTES;
    }

    private void submit(Manifest.MediaKind kind) {
        if (segment.isEmpty()) {
            return;
        }
        ScoreJob job = job(segment, kind);
        if (kind == Manifest.MediaKind.IMAGE) {
            segments.add(new Segment(1, jobs.submit(job)));
        } else {
            // The segment before, and the frames of its timeline, must be done with: that bounds the memory.
            segments.add(new Segment(segment.size(), jobs.submitWhenRoom(job, 0)));
            if (request.options().segmentSeconds() > 0) {
                for (Frame frame : segment) {
                    ScoreJob alone = job(List.of(frame), Manifest.MediaKind.IMAGE);
                    seconds.add(jobs.submitWhenRoom(alone, 2 * segment.size()));
                }
            }
        }
        segment.clear();
    }

    private ScoreJob job(List<Frame> frames, Manifest.MediaKind kind) {
        List<Task> tasks = model.resolve(request.options().tasks(), kind);
        return new ScoreJob(
                frames, model.prompts(tasks, kind), request.deadlineNanos(), request.lane(), lease.handle());
    }

    private CompletableFuture<Void> all() {
        return CompletableFuture.allOf(Stream.concat(segments.stream().map(Segment::logits), seconds.stream())
                .toArray(CompletableFuture<?>[]::new));
    }

    private ScoredMedia combine(MediaInfo info, String sha256, List<Task> tasks) {
        Map<Task, Score> scores = new EnumMap<>(Task.class);
        for (int row = 0; row < tasks.size(); row++) {
            Task task = tasks.get(row);
            scores.put(task, score(task, logits(row)));
        }
        int frames = segments.stream().mapToInt(Segment::frames).sum();
        return new ScoredMedia(
                info.mediaType(),
                model.ref(),
                lease.adapter(),
                frames,
                sha256,
                scores,
                seconds.isEmpty() ? Optional.empty() : Optional.of(timeline()));
    }

    private Timeline timeline() {
        List<Task> tasks = model.resolve(request.options().tasks(), Manifest.MediaKind.IMAGE);
        List<float[]> mos = new ArrayList<>();
        for (CompletableFuture<float[][]> second : seconds) {
            float[] ofTasks = new float[tasks.size()];
            for (int row = 0; row < ofTasks.length; row++) {
                ofTasks[row] = score(tasks.get(row), second.join()[row]).mos();
            }
            mos.add(ofTasks);
        }
        return TimelineBuilder.of(tasks, mos, request.options().segmentSeconds());
    }

    private Score score(Task task, float[] logits) {
        return Score.of(task, model.manifest().levelNames(), model.manifest().levelWeights(), logits);
    }

    private float[] logits(int row) {
        if (segments.size() == 1) {
            return segments.get(0).logits().join()[row];
        }
        double[] votes = new double[model.manifest().levels().size()];
        int frames = segments.stream().mapToInt(Segment::frames).sum();
        for (Segment each : segments) {
            double[] share = softmax(each.logits().join()[row]);
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
