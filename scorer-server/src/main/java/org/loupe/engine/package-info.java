/**
 * Pixels to level logits: the only user of ONNX Runtime. Frames are {@code uint8[F, H, W, 3]} in direct buffers that stay the caller's;
 * what comes out is copied from native memory. Each native object has one owner, which closes it. Knows nothing of requests, queues or
 * gRPC.
 */
@NullMarked
package org.loupe.engine;

import org.jspecify.annotations.NullMarked;
