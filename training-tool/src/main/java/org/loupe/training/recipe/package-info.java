/**
 * Recipes: YAML that says how something is trained or asked. Enters: a file's name, or that of a recipe that is shipped; leaves: the record it
 * was written for. What a recipe says is its record's business; that it can be found, and that a key nobody knows is refused with its line, is
 * decided here once for {@code train} and {@code experiment}.
 */
@NullMarked
package org.loupe.training.recipe;

import org.jspecify.annotations.NullMarked;
