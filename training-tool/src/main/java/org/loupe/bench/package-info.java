/**
 * How fast a model is and where its time goes: {@code loupe model bench}. What enters: a model package or a checkpoint. What leaves: medians
 * of runs taken in turns, so that whatever disturbs the machine disturbs all that is compared. Times are milliseconds, work is counted in
 * floating-point operations, 2 for each multiply-add of a matrix product that was executed. Knows nothing of serving.
 */
@NullMarked
package org.loupe.bench;

import org.jspecify.annotations.NullMarked;
