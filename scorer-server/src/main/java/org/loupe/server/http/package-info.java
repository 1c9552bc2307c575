/**
 * The second port: {@code POST /v1/score} for callers without gRPC, health for load balancers, Prometheus metrics. Translates HTTP to a
 * {@link org.loupe.scoring.Scoring} and back; knows nothing of models or batches.
 */
@NullMarked
package org.loupe.server.http;

import org.jspecify.annotations.NullMarked;
