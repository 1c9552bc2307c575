package org.loupe.batch;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.loupe.decode.Frame;
import org.loupe.engine.Engine;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineResult;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes one graph run of jobs of one shape and deals its rows out again. Each owner thread has its own; the counters are shared. */
final class BatchRunner {
    private static final Logger LOG = LoggerFactory.getLogger(BatchRunner.class);

    private final Engine engine;
    private final RunCounters counters;
    /** Grown when needed and kept: direct memory is freed late, so a buffer a run would pile up. */
    private ByteBuffer pixels = ByteBuffer.allocateDirect(0);

    BatchRunner(Engine engine, RunCounters counters) {
        this.engine = engine;
        this.counters = counters;
    }

    /** Answers every entry. @return how many frames were run */
    int run(List<BatchDispatcher.Entry> entries) {
        if (entries.isEmpty()) {
            return 0;
        }
        try {
            return answer(entries);
        } catch (RuntimeException | OutOfMemoryError e) {
            if (entries.size() > 1) {
                LOG.warn("a batch of {} failed, its jobs are run one by one", entries.size(), e);
                return entries.stream().mapToInt(entry -> run(List.of(entry))).sum();
            }
            counters.noteFailure();
            entries.get(0).answer.completeExceptionally(asScoringException(entries.get(0).job, e));
            return 0;
        }
    }

    private int answer(List<BatchDispatcher.Entry> entries) {
        EngineBatch batch = assemble(entries);
        EngineResult result = engine.run(batch);
        if (result.levelLogits().length != batch.rowPrompt().length
                || result.frameEmbedding().length != batch.frames()) {
            throw new ScoringException(
                    ErrorReason.MODEL_FAILED, "the model answered with another number of rows or frames");
        }
        counters.noteRun(batch.frames(), batch.rowPrompt().length);
        int row = 0;
        int frame = 0;
        for (BatchDispatcher.Entry entry : entries) {
            int nextRow = row + entry.job.prompts().size();
            int nextFrame = frame + entry.job.frames().size();
            entry.answer.complete(new JobAnswer(
                    Arrays.copyOfRange(result.levelLogits(), row, nextRow),
                    Arrays.copyOfRange(result.frameEmbedding(), frame, nextFrame)));
            row = nextRow;
            frame = nextFrame;
        }
        return batch.frames();
    }

    private EngineBatch assemble(List<BatchDispatcher.Entry> entries) {
        ScoreJob shape = entries.get(0).job;
        int framesPerRow = shape.frames().size();
        int frameCount = entries.size() * framesPerRow;
        int rowCount =
                entries.stream().mapToInt(entry -> entry.job.prompts().size()).sum();
        ByteBuffer buffer =
                buffer(Math.multiplyExact(frameCount, Math.multiplyExact(shape.width(), shape.height() * 3)));
        long[][] rowFrames = new long[rowCount][framesPerRow];
        long[] rowPrompt = new long[rowCount];
        int row = 0;
        int firstFrame = 0;
        for (BatchDispatcher.Entry entry : entries) {
            for (Frame frame : entry.job.frames()) {
                buffer.put(frame.rgb());
            }
            for (int prompt : entry.job.prompts()) {
                for (int k = 0; k < framesPerRow; k++) {
                    rowFrames[row][k] = (long) firstFrame + k;
                }
                rowPrompt[row++] = prompt;
            }
            firstFrame += framesPerRow;
        }
        return new EngineBatch(
                frameCount, shape.height(), shape.width(), buffer.flip(), rowFrames, rowPrompt, shape.adapter());
    }

    private ByteBuffer buffer(int bytes) {
        if (pixels.capacity() < bytes) {
            pixels = ByteBuffer.allocateDirect(bytes);
        }
        return pixels.clear().limit(bytes);
    }

    private static ScoringException asScoringException(ScoreJob job, Throwable failure) {
        if (failure instanceof ScoringException known) {
            return known;
        }
        if (failure instanceof IllegalStateException && job.adapter() != null) {
            return new ScoringException(
                    ErrorReason.SHUTTING_DOWN,
                    "the adapter was unloaded before this request was answered",
                    failure,
                    Duration.ZERO);
        }
        return new ScoringException(ErrorReason.MODEL_FAILED, "the engine failed: " + failure, failure);
    }
}
