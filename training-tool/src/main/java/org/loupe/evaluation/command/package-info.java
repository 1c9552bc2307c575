/**
 * {@code loupe evaluate}: asks the serving code for scores, has them measured by {@link org.loupe.evaluation} and tells the figures as a
 * table, as lines of JSON or as a page.
 */
@NullMarked
package org.loupe.evaluation.command;

import org.jspecify.annotations.NullMarked;
