package org.loupe.batch;

import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.loupe.decode.Frame;
import org.loupe.engine.AdapterHandle;

/**
 * One photo or one clip, ready for the graph.
 *
 * @param frames preprocessed frames, all of one size; not copied, must not change until the answer is there
 * @param prompts index of each question asked about all of these frames, at least one; each becomes one row of a run
 * @param deadlineNanos when the answer is of no use any more, as {@link System#nanoTime}; empty for never
 * @param lane how urgent it is
 * @param adapter whose taste is asked for; null for the model as it is. Stays the caller's and open until the answer is there
 */
public record ScoreJob(
        List<Frame> frames,
        List<Integer> prompts,
        OptionalLong deadlineNanos,
        Lane lane,
        @Nullable AdapterHandle adapter) {
    /** Of the model as it is. */
    public ScoreJob(List<Frame> frames, List<Integer> prompts, OptionalLong deadlineNanos, Lane lane) {
        this(frames, prompts, deadlineNanos, lane, null);
    }

    public ScoreJob {
        frames = List.copyOf(frames);
        prompts = List.copyOf(prompts);
        if (frames.isEmpty() || prompts.isEmpty()) {
            throw new IllegalArgumentException("a job needs a frame and a prompt");
        }
        for (Frame frame : frames) {
            if (frame.width() != width(frames) || frame.height() != height(frames)) {
                throw new IllegalArgumentException("the frames of a job must have one size");
            }
        }
    }

    int width() {
        return width(frames);
    }

    int height() {
        return height(frames);
    }

    /**
     * Only jobs of one shape fit into one run: the size of the frames and how many of them a row looks at. An adapter changes what is seen
     * in a frame, so a run is of one adapter, or of none.
     */
    boolean fits(ScoreJob other) {
        return adapter == other.adapter
                && width() == other.width()
                && height() == other.height()
                && frames.size() == other.frames.size();
    }

    boolean expired(long nowNanos) {
        return deadlineNanos.isPresent() && deadlineNanos.getAsLong() - nowNanos <= 0;
    }

    private static int width(List<Frame> frames) {
        return frames.get(0).width();
    }

    private static int height(List<Frame> frames) {
        return frames.get(0).height();
    }
}
