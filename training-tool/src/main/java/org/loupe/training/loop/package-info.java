/**
 * The training loop that everything trains through: what can be trained ({@link org.loupe.training.loop.Trainable}), steps with schedule,
 * accumulation and clipping, evaluation meanwhile, check points a killed run goes on from to the same bytes, the log of a run and its
 * manifest. Every random choice follows from the seed and the number of the step. Knows nothing of pictures, heads or OneAlign.
 */
@NullMarked
package org.loupe.training.loop;

import org.jspecify.annotations.NullMarked;
