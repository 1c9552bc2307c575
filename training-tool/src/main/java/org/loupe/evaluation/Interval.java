package org.loupe.evaluation;

/**
 * A 95 % interval.
 *
 * @param low 2.5th percentile over the resamples
 * @param high 97.5th percentile
 */
public record Interval(double low, double high) {}
