/**
 * Teaching a model what people like: {@code ./loupe train}. Enter: label files, clean photographs, a recipe, perhaps a model to begin with;
 * leaves: one model package with its card, or one adapter. The parts are {@code .data} (pictures and labels), {@code .head}, {@code .score},
 * {@code .student} and {@code .onealign} (what learns), {@code .objective} (what it minimises), {@code .loop} (steps, check points, the log),
 * {@code .plan} (what it takes) and {@code .experiment}. Scores are on the 1..5 scale throughout. One run holds one process's libtorch settings
 * (threads, seed), so runs in one process go one after the other.
 */
@NullMarked
package org.loupe.training;

import org.jspecify.annotations.NullMarked;
