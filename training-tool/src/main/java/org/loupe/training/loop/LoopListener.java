package org.loupe.training.loop;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Watches a fit. Called on the training thread after every step, so it must be quick. */
@FunctionalInterface
public interface LoopListener {
    /** Watches nothing. */
    LoopListener NONE = progress -> {};

    void after(Progress progress);

    /**
     * @param fit its name
     * @param steps done, those before a resume included
     * @param allSteps planned
     * @param epoch 0-based
     * @param loss of this step
     * @param itemsPerSecond since the process began or resumed this fit, evaluations included
     * @param metrics of the last evaluation; empty before it
     */
    record Progress(
            String fit,
            long steps,
            long allSteps,
            int epoch,
            double loss,
            double itemsPerSecond,
            Map<String, @Nullable Double> metrics) {}
}
