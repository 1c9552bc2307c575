package org.loupe.training.loop;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Parameters that share a learning rate and a weight decay.
 *
 * @param name for log and reader
 * @param parameters leaves that require a gradient, float32, float16 or bfloat16, by a name no other group has; they stay the owner's. The
 *     order is part of the run: it decides in which order sums over all parameters are taken
 * @param learningRateFactor times {@link LoopConfig#learningRate()}
 * @param decayFactor times {@link LoopConfig#weightDecay()}; 0 for biases and norms where they shall not decay
 */
public record ParameterGroup(
        String name, Map<String, Tensor> parameters, double learningRateFactor, double decayFactor) {
    public ParameterGroup {
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters)); // Map.copyOf would lose the order
        if (!(learningRateFactor >= 0) || !(decayFactor >= 0)) {
            throw new IllegalArgumentException("factors of " + name + " must not be negative");
        }
    }

    /** Parameters that learn at the configured rate and decay. */
    public static ParameterGroup of(String name, Map<String, Tensor> parameters) {
        return new ParameterGroup(name, parameters, 1, 1);
    }
}
