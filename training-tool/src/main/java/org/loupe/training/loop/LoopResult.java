package org.loupe.training.loop;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a fit ended.
 *
 * @param steps done
 * @param reason {@code steps} when all planned steps were done, {@code patience} when it stopped early
 * @param bestSteps steps after which the weights it ended with were measured; {@code steps} where nothing was measured or none kept
 * @param metrics of those weights; empty where nothing was measured, null for what was not a number
 */
public record LoopResult(long steps, String reason, long bestSteps, Map<String, @Nullable Double> metrics) {
    public LoopResult {
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics)); // the order of the figures is kept
    }
}
