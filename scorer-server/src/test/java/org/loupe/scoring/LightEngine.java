package org.loupe.scoring;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.loupe.engine.AdapterHandle;
import org.loupe.engine.Engine;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineResult;
import org.loupe.modelpackage.AdapterPackage;

/**
 * An engine that finds light frames excellent and dark ones bad: of a row's votes the share of light in its frames goes to the best level, the
 * rest to the worst, so that a MOS is 1 + 4 * light, whatever frames are put together. Remembers which frames were looked at together.
 */
final class LightEngine implements Engine {
    private static final int LEVELS = 5;
    /** What nobody votes for. */
    private static final float NEVER = -100;

    private final List<Integer> framesPerRow = new CopyOnWriteArrayList<>();

    /** @return K of each row that was run, in order */
    List<Integer> framesPerRow() {
        return framesPerRow;
    }

    /** @return share of light in a picture of RGB bytes, 0..1 */
    static double light(byte[] rgb) {
        return light(ByteBuffer.wrap(rgb), 0, rgb.length);
    }

    private static double light(ByteBuffer rgb, int from, int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += rgb.get(from + i) & 0xff;
        }
        return (double) sum / count / 255;
    }

    @Override
    public EngineResult run(EngineBatch batch) {
        int frameBytes = batch.height() * batch.width() * 3;
        float[][] logits = new float[batch.rowPrompt().length][LEVELS];
        for (int row = 0; row < logits.length; row++) {
            long[] frames = batch.rowFrames()[row];
            double light = 0;
            for (long frame : frames) {
                light += light(batch.pixels(), (int) frame * frameBytes, frameBytes) / frames.length;
            }
            framesPerRow.add(frames.length);
            Arrays.fill(logits[row], NEVER);
            logits[row][0] = (float) Math.log(light);
            logits[row][LEVELS - 1] = (float) Math.log(1 - light);
        }
        return new EngineResult(logits, new float[batch.frames()][1]);
    }

    @Override
    public AdapterHandle addAdapter(AdapterPackage adapter) {
        throw new UnsupportedOperationException("light needs no adapter");
    }

    @Override
    public void close() {}
}
