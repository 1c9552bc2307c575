/**
 * Teaching a small model what people like: {@code ./loupe train}. Enter: label files, clean photographs, a recipe; leaves: one model
 * package with its card. The parts are {@code .data} (pictures and labels), {@code .network} and {@code .objective} (libtorch),
 * {@code .loop} (fitting, cross-validation). Scores are on the 1..5 scale throughout. One run holds one process's libtorch settings
 * (threads, seed), so runs in one process go one after the other.
 */
@NullMarked
package org.loupe.training;

import org.jspecify.annotations.NullMarked;
