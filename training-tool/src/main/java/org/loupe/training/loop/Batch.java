package org.loupe.training.loop;

import java.util.SplittableRandom;

/**
 * What one pass forward and backward looks at: a part of a step's items. A pure function of configuration and step, so that any part of a
 * run can be repeated.
 *
 * @param step 0-based, over the whole run
 * @param epoch 0-based
 * @param part 0-based among {@code parts}
 * @param parts how many passes the step is cut into, see {@link LoopConfig#accumulation()}
 * @param items positions in the trainable's data, not empty; not changed
 * @param seed everything random about this batch follows from it
 */
public record Batch(long step, int epoch, int part, int parts, int[] items, long seed) {
    /** @return a new generator that always gives the same numbers for this batch */
    public SplittableRandom random() {
        return new SplittableRandom(seed);
    }
}
