/**
 * Pixels to level logits: the only user of ONNX Runtime. Each native object has one owner, which closes it. Knows nothing of requests,
 * queues or gRPC.
 */
@NullMarked
package org.loupe.engine;

import org.jspecify.annotations.NullMarked;
