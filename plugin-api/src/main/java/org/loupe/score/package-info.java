/**
 * The vocabulary everybody shares: task, level, probabilities, score, and the one catalogue of errors. Plain values, no I/O, no
 * knowledge of where a score comes from or goes to.
 */
@NullMarked
package org.loupe.score;

import org.jspecify.annotations.NullMarked;
