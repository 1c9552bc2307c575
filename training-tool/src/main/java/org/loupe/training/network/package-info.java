/**
 * What is learned: level heads on picture statistics and the small residual network. Tensors are {@code float32[item, ...]}; level logits
 * stand best first, in the order of {@link org.loupe.score.Level}. Learned numbers leave as plain Java arrays; native memory stays here.
 */
@NullMarked
package org.loupe.training.network;

import org.jspecify.annotations.NullMarked;
