package org.loupe.training.loop;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How the learning rate goes over a run, after a warm-up that rises linearly from 0. */
public enum Schedule {
    /** Falls to 0 along half a cosine. */
    @JsonProperty("cosine")
    COSINE,
    /** Stays. */
    @JsonProperty("constant")
    CONSTANT;

    /**
     * The rate of the step with this number, as a share of the peak: the formula of {@code get_cosine_schedule_with_warmup} of the
     * transformers library, which the reference trains with.
     *
     * @param step 0-based
     * @param steps of the whole run
     * @param warmUp steps of warm-up, of which the first has rate 0
     */
    double factor(long step, long steps, long warmUp) {
        if (step < warmUp) {
            return step / (double) warmUp;
        }
        return switch (this) {
            case CONSTANT -> 1;
            case COSINE -> 0.5 * (1 + Math.cos(Math.PI * (step - warmUp) / Math.max(1, steps - warmUp)));
        };
    }
}
