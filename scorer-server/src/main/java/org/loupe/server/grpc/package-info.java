/**
 * {@code loupe.v1} over gRPC: translates messages, delegates to scoring, answers each call exactly once. Every failure leaves with a
 * catalogued reason. Owns the port and the temporary files of uploads.
 */
@NullMarked
package org.loupe.server.grpc;

import org.jspecify.annotations.NullMarked;
