/**
 * Score heads: one number a task, from a kernel machine on rated pictures and a second one that learns damage and sizes, calibrated to the scale;
 * and finished ones bent to one curator. Enter: examples with raw features, or inputs as a head sees them; leaves: {@link org.loupe.export.small.ScoreHead}.
 * Ratings are on 1..5. Solved in double precision; the same input gives the same numbers on one machine.
 */
@NullMarked
package org.loupe.training.score;

import org.jspecify.annotations.NullMarked;
