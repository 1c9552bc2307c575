/** What training minimises: level cross-entropies, correlation, ranking. Scores are on the 1..5 scale, every loss is a scalar tensor. */
@NullMarked
package org.loupe.training.objective;

import org.jspecify.annotations.NullMarked;
