package org.loupe.scoring;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.loupe.batch.JobAnswer;
import org.loupe.batch.ScoreJob;
import org.loupe.batch.ScoreQueue;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * What one medium has waiting in the queue of its model. Of a clip only so many frames wait at a time: the thread that decodes it stands
 * still until the engine has caught up, and so holds little memory and leaves room in the queue for others. Submitting is for that one
 * thread, {@link #cancel} for any.
 */
final class ClipJobs {
    /** A run of the engine takes longer than this, so a free place is not left empty for long. */
    private static final long LOOK_AGAIN_NANOS = 5_000_000;

    private final ScoreQueue queue;
    private final ScoringRequest request;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private volatile boolean cancelled;

    ClipJobs(ScoreQueue queue, ScoringRequest request) {
        this.queue = queue;
        this.request = request;
    }

    private record Waiting(CompletableFuture<JobAnswer> answer, int frames) {}

    /**
     * Hands a job to the engine at once, as a still's.
     *
     * @return the logits alone; embeddings of a film's frames would fill the memory until its end
     */
    CompletableFuture<float[][]> submit(ScoreJob job) {
        return keep(queue.submit(job), job);
    }

    private CompletableFuture<float[][]> keep(CompletableFuture<JobAnswer> answer, ScoreJob job) {
        synchronized (waiting) {
            waiting.add(new Waiting(answer, job.frames().size()));
        }
        if (cancelled) {
            cancel(); // came between
        }
        return answer.thenApply(JobAnswer::levelLogits);
    }

    /**
     * Hands a part of a clip to the engine, after waiting for room.
     *
     * @param most frames of this medium that may wait beside this job's own
     * @throws ScoringException CANCELLED, DEADLINE_EXCEEDED; what an earlier part failed with
     */
    CompletableFuture<float[][]> submitWhenRoom(ScoreJob job, int most) {
        Waiting oldest = oldestBeyond(most);
        while (oldest != null) {
            join(oldest.answer());
            oldest = oldestBeyond(most);
        }
        while (true) {
            if (queue.admits(job.frames().size())) {
                CompletableFuture<JobAnswer> answer = queue.submit(job);
                if (!refused(answer)) { // the place may just have gone to somebody else
                    return keep(answer, job);
                }
            }
            check();
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }

    private static boolean refused(CompletableFuture<JobAnswer> answer) {
        if (!answer.isCompletedExceptionally()) {
            return false;
        }
        try {
            join(answer);
            return false;
        } catch (ScoringException e) {
            return e.reason() == ErrorReason.OVERLOADED;
        }
    }

    /** @throws ScoringException CANCELLED or DEADLINE_EXCEEDED if nobody waits for the answer any more */
    void check() {
        if (cancelled || Thread.currentThread().isInterrupted()) {
            throw new ScoringException(ErrorReason.CANCELLED, "the request was cancelled");
        }
        if (request.deadlineNanos().isPresent() && request.deadlineNanos().getAsLong() - System.nanoTime() <= 0) {
            throw new ScoringException(ErrorReason.DEADLINE_EXCEEDED, "the deadline passed while a clip was decoded");
        }
    }

    /** Takes back what waits; whoever decodes is told at its next frame. */
    void cancel() {
        cancelled = true;
        Deque<Waiting> open;
        synchronized (waiting) {
            open = new ArrayDeque<>(waiting);
        }
        open.forEach(each -> each.answer().cancel(false));
    }

    /** Forgets what is answered. @return the oldest job if too many frames wait */
    private @Nullable Waiting oldestBeyond(int most) {
        check();
        synchronized (waiting) {
            waiting.removeIf(each -> each.answer().isDone() && !each.answer().isCompletedExceptionally());
            int frames = waiting.stream().mapToInt(Waiting::frames).sum();
            return frames > most ? waiting.peek() : null;
        }
    }

    private static void join(CompletableFuture<JobAnswer> answer) {
        try {
            answer.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof ScoringException known ? known : e;
        } catch (CancellationException e) {
            throw new ScoringException(ErrorReason.CANCELLED, "the request was cancelled", e);
        }
    }
}
