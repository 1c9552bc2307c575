/**
 * Score heads bent to one curator. Enter: a finished {@link org.loupe.export.small.ScoreHead} and rated pictures as it sees them; leaves: the
 * same head with parts added. Plain arithmetic in double precision; the same input gives the same numbers.
 */
@NullMarked
package org.loupe.training.score;

import org.jspecify.annotations.NullMarked;
