/** Counters of scoring and of each model's queue, in the text format Prometheus reads. Only reads; owns its registry. */
@NullMarked
package org.loupe.server.metrics;

import org.jspecify.annotations.NullMarked;
