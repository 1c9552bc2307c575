/**
 * Scores as metadata: {@link org.loupe.score.ScoredMedia} enters, named and typed fields with searchable keywords leave. MOS stay on the 1..5
 * scale, rounded as {@link org.loupe.metadata.ScoreFields} says. Knows no metadata format: adapters write the fields their system's way.
 */
@NullMarked
package org.loupe.metadata;

import org.jspecify.annotations.NullMarked;
