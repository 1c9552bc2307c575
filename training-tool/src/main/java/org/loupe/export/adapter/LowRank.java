package org.loupe.export.adapter;

/**
 * One LoRA pair of a checkpoint: {@code W' = W + scale B A}.
 *
 * @param module name in the base's checkpoint
 * @param a name of the stored {@code [rank, in]} matrix
 * @param b name of the stored {@code [out, rank]} matrix
 * @param rank columns of B
 * @param scale the reference's {@code alpha / rank}, or {@code alpha / sqrt(rank)}
 * @param in columns of W
 * @param out rows of W
 */
record LowRank(String module, String a, String b, int rank, double scale, int in, int out) {}
