package org.loupe.batch;

/**
 * What the engine said about one job.
 *
 * @param levelLogits {@code float32[prompt, level]}, in the order of the job's prompts
 * @param frameEmbedding {@code float32[frame, D]}, in the order of the job's frames
 */
public record JobAnswer(float[][] levelLogits, float[][] frameEmbedding) {}
