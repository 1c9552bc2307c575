package org.loupe.batch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.loupe.engine.AdapterHandle;
import org.loupe.engine.Engine;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineResult;
import org.loupe.modelpackage.AdapterManifest;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.testkit.Await;

/**
 * An engine without a model: a row's first logit is the sum of the first bytes of its frames, the second its prompt; an adapter adds
 * {@link #ADAPTED} and the number it was added as, counted from 1, to the first. Can be held, so that a test decides when a run ends. Refuses a batch with a frame whose first byte is {@link #POISON}.
 */
public final class FakeEngine implements Engine {
    public static final byte POISON = 66;
    /** More than any frame's first byte: an answer tells whether an adapter made it. */
    public static final float ADAPTED = 1000;

    private final List<EngineBatch> batches = new CopyOnWriteArrayList<>();
    private final List<Integer> firstBytes = new CopyOnWriteArrayList<>();
    private final Semaphore permits = new Semaphore(Integer.MAX_VALUE / 2);
    private final Semaphore started = new Semaphore(0);
    private final AtomicInteger adapters = new AtomicInteger();
    private final int levels;
    private volatile boolean broken;
    private volatile boolean closed;

    /** With two levels. */
    public FakeEngine() {
        this(2);
    }

    /** @param levels how many logits a row gets, at least two; those after the second are 0 */
    public FakeEngine(int levels) {
        this.levels = levels;
    }

    /** From now on each run waits for {@link #release}. */
    public FakeEngine held() {
        permits.drainPermits();
        return this;
    }

    /** From now on every run fails at once, as on a device that fell off its bus. */
    public FakeEngine broken() {
        broken = true;
        return this;
    }

    /** From now on runs succeed again. */
    public void mend() {
        broken = false;
    }

    public void release(int runs) {
        permits.release(runs);
    }

    /** Waits until one more run has begun. */
    public void awaitRun() {
        Await.until("a run has begun", started::tryAcquire);
    }

    @Override
    public EngineResult run(EngineBatch batch) {
        batches.add(batch);
        started.release();
        permits.acquireUninterruptibly();
        if (broken) {
            throw new ScoringException(ErrorReason.MODEL_FAILED, "this device is broken");
        }
        FakeAdapter adapter = (FakeAdapter) batch.adapter();
        if (adapter != null) {
            adapter.requireOpen();
        }
        int frameBytes = batch.height() * batch.width() * 3;
        float[][] logits = new float[batch.rowPrompt().length][levels];
        for (int row = 0; row < logits.length; row++) {
            for (long frame : batch.rowFrames()[row]) {
                byte first = batch.pixels().get((int) frame * frameBytes);
                if (first == POISON) {
                    throw new ScoringException(ErrorReason.MODEL_FAILED, "this frame is poison");
                }
                logits[row][0] += first;
            }
            logits[row][0] += adapter == null ? 0 : ADAPTED + adapter.number;
            logits[row][1] = batch.rowPrompt()[row];
        }
        for (int frame = 0; frame < batch.frames(); frame++) {
            firstBytes.add((int) batch.pixels().get(frame * frameBytes));
        }
        return new EngineResult(logits, new float[batch.frames()][1]);
    }

    /** Takes every adapter, whatever its base. */
    @Override
    public AdapterHandle addAdapter(AdapterPackage adapter) {
        return new FakeAdapter(adapter.manifest(), adapters.incrementAndGet());
    }

    /** The adapter of each run that was begun, null where it was the base model's; compared by identity. */
    public List<@Nullable AdapterHandle> adapterPerRun() {
        List<@Nullable AdapterHandle> used = new ArrayList<>();
        batches.forEach(batch -> used.add(batch.adapter()));
        return used;
    }

    /** Frames of each run that was begun. */
    public List<Integer> framesPerRun() {
        return batches.stream().map(EngineBatch::frames).toList();
    }

    /** First byte of every frame that was run, in order. */
    public List<Integer> firstBytes() {
        return firstBytes;
    }

    public boolean closed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
    }

    private static final class FakeAdapter implements AdapterHandle {
        private final AdapterManifest manifest;
        private final int number;
        private volatile boolean closed;

        FakeAdapter(AdapterManifest manifest, int number) {
            this.manifest = manifest;
            this.number = number;
        }

        void requireOpen() {
            if (closed) {
                throw new IllegalStateException("the adapter " + manifest.name() + " was removed");
            }
        }

        @Override
        public AdapterManifest manifest() {
            return manifest;
        }

        @Override
        public void close() {
            closed = true;
        }

        @Override
        public boolean freed() {
            return closed;
        }
    }
}
