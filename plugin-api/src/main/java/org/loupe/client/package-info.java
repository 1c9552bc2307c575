/**
 * Talking to scoring servers over gRPC: a file or its bytes enter, {@link org.loupe.score.ScoredMedia} or a catalogued
 * {@link org.loupe.score.ScoringException} leaves. Sizes are bytes. Owns its connections; media stay the caller's. Also holds the one
 * translation between the wire and the vocabulary, which the server uses too. Knows nothing of assets, metadata or journals.
 */
@NullMarked
package org.loupe.client;

import org.jspecify.annotations.NullMarked;
