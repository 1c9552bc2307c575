/**
 * How well predictions agree with people. Enter: predicted and rated mean opinion scores on the 1..5 scale; leave: rank and linear
 * correlations without unit, errors on the 1..5 scale, bootstrap intervals. Everything is a pure function of its arguments and its seed;
 * nothing here knows how a prediction was made.
 */
@NullMarked
package org.loupe.evaluation;

import org.jspecify.annotations.NullMarked;
