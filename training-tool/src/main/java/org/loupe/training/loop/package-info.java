/**
 * From pictures to learned weights: reads features through the exported graph, standardises them, fits heads and the small network,
 * cross-validates. Every random choice comes from the seed in the recipe; with the same seed and number of threads a run repeats itself.
 */
@NullMarked
package org.loupe.training.loop;

import org.jspecify.annotations.NullMarked;
