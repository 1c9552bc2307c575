package org.loupe.engine;

/**
 * One graph run's output, copied out of native memory.
 *
 * @param levelLogits {@code float32[R, L]}, logits of the level words at the answer position
 * @param frameEmbedding {@code float32[F, D]}, pooled visual features, L2-normalised
 */
public record EngineResult(float[][] levelLogits, float[][] frameEmbedding) {}
