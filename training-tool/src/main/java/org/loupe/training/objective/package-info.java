/**
 * What training minimises. An {@link org.loupe.training.objective.Objective} says what the network's outputs mean and how far they are from
 * the ratings; a {@link org.loupe.training.objective.LevelScale} what the levels are worth and which ratings belong to them. Scores are on
 * the 1..5 scale, every loss is a scalar tensor, levels stand best first.
 */
@NullMarked
package org.loupe.training.objective;

import org.jspecify.annotations.NullMarked;
