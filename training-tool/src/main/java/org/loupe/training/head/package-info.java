/**
 * Heads on picture statistics: reads features through the exported graph, standardises them, fits and cross-validates level heads. Every
 * random choice comes from the seed in the recipe; with the same seed a run repeats itself.
 */
@NullMarked
package org.loupe.training.head;

import org.jspecify.annotations.NullMarked;
