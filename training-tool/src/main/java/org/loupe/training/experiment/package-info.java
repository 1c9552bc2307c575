/**
 * Questions with an answer: several ways to learn the same thing, fitted on the same folds from several seeds and compared picture by picture.
 * Enter: a recipe and rated pictures; leave: tables with intervals as Markdown, HTML and JSON. Everything is fitted as a head on the
 * statistics and network outputs of the small model, which are read once and kept, so that a fit takes seconds. Ratings and scores are on the
 * 1..5 scale.
 */
@NullMarked
package org.loupe.training.experiment;

import org.jspecify.annotations.NullMarked;
