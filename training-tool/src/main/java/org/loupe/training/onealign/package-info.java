/**
 * The OneAlign network (Q-Align, DeQA-Score) written plainly in libtorch: what training changes, and what the exported graph is held
 * against. Parameters are called as in the checkpoint. Tensors are {@code float[batch, token, feature]} in the network's own number type
 * unless a method says otherwise; pixels enter and level logits leave as Java values. Nothing is fused, cached or shared between tasks: every
 * prompt is computed from its first token to its last, so that a reader can follow the paper and a test can trust the result.
 *
 * <p>Native memory has two owners: {@link org.loupe.training.onealign.OneAlignNetwork} owns the parameters until it is closed, each pass owns
 * what it computes and frees it when it returns.
 */
@NullMarked
package org.loupe.training.onealign;

import org.jspecify.annotations.NullMarked;
